package ensemble

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestInterruptedAndResumedGivesTheSameBytes(t *testing.T) {
	request := Request{Case: harbour(t, fused...), Strategies: []string{"rush"}, Futures: 8000, Seed: 3, Threads: 2, Version: "test"}
	dir, _ := start(t, request)
	want := contents(t, dir)
	for name, resume := range map[string]bool{"Start": false, "Resume": true} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			interruptions := 0
			for wait := 5 * time.Millisecond; ; wait += 10 * time.Millisecond {
				ctx, cancel := context.WithTimeout(context.Background(), wait)
				request.Threads, request.Lanes = 1+interruptions%3, 13*interruptions
				began := time.Now()
				var err error
				if resume && interruptions > 0 {
					_, err = Resume(ctx, request.Case, dir, "test", request.Threads, request.Lanes, "", nil)
				} else {
					dir, _, err = Start(ctx, request, root, nil)
				}
				cancel()
				if late := time.Since(began) - wait; late > time.Second {
					t.Errorf("stopped %v after it was told to", late)
				}
				if err == nil {
					break
				}
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "can be resumed") {
					t.Fatal(err)
				}
				if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "not finished") {
					t.Fatalf("Read of an unfinished run: %v", err)
				}
				interruptions++
			}
			if interruptions < 3 {
				t.Errorf("only %d interruptions; the test proves little", interruptions)
			}
			same(t, want, contents(t, dir))
		})
	}
}

func TestInterruptedWhileWriting(t *testing.T) {
	request := Request{Case: harbour(t), Futures: 300, Seed: 3, Version: "test"}
	dir, _ := start(t, request)
	want := contents(t, dir)
	ctx, cancel := context.WithCancel(context.Background())
	dir, s, err := Start(ctx, request, t.TempDir(), func(p Progress) {
		if p.Stage == Writing {
			cancel()
		}
	})
	if s != nil || !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, %v", s, err)
	}
	var stages []string
	if _, err := Resume(context.Background(), request.Case, dir, "test", 1, 1, "", func(p Progress) { stages = append(stages, p.Stage) }); err != nil {
		t.Fatal(err)
	}
	same(t, want, contents(t, dir))
	if last := stages[len(stages)-1]; last != Finished {
		t.Errorf("stages %v", stages)
	}
}

func TestFinishedRunIsReturnedAtOnce(t *testing.T) {
	request := Request{Case: harbour(t), Futures: 100, Version: "test"}
	root := t.TempDir()
	dir, want, err := Start(context.Background(), request, root, nil)
	if err != nil {
		t.Fatal(err)
	}
	// What a process leaves that ends between manifest and clearing up.
	leftover := filepath.Join(dir, partialName)
	if err := os.WriteFile(leftover, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	var seen []Progress
	_, got, err := Start(context.Background(), request, root, func(p Progress) { seen = append(seen, p) })
	if err != nil || got.Manifest.Run != want.Manifest.Run {
		t.Fatalf("%v %v", got, err)
	}
	if len(seen) != 1 || seen[0] != (Progress{Stage: Existing, Done: 200, Total: 200}) {
		t.Errorf("progress %v", seen)
	}
	if _, err := os.Stat(leftover); err == nil {
		t.Error("the leftover is still there")
	}
}

func TestResumeRefuses(t *testing.T) {
	c := harbour(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir, _, err := Start(ctx, Request{Case: c, Futures: 100, Version: "1"}, t.TempDir(), nil)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name, dir, version, want string
		changes                  []string
	}{
		{"other case", dir, "1", "other contents of the case", []string{"case.yaml", "An invented harbour", "A harbour"}},
		{"other version", dir, "2", "version 1, this is 2", nil},
		{"no run", t.TempDir(), "1", "is not a run folder", nil},
		{"no folder", filepath.Join(dir, "nowhere"), "1", "is not a run folder", nil},
		{"a file", file, "1", "a file stands where a folder is needed", nil},
	} {
		_, err := Resume(context.Background(), harbour(t, x.changes...), x.dir, x.version, 1, 1, "", nil)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", x.name, err)
		}
	}

	path := filepath.Join(dir, checkpointName)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(good); at += 1 + len(good)/50 {
		bad := bytes.Clone(good)
		bad[at] ^= 4
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Resume(context.Background(), c, dir, "1", 1, 1, "", nil); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("state damaged at byte %d: %v", at, err)
		}
	}
}

func TestTornAndDamagedPartialFile(t *testing.T) {
	request := Request{Case: harbour(t), Futures: 600, Seed: 3, Version: "test"}
	dir, _ := start(t, request)
	want := contents(t, dir)
	ctx, cancel := context.WithCancel(context.Background())
	dir, _, err := Start(ctx, request, t.TempDir(), func(p Progress) {
		if p.Stage == Writing {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	path := filepath.Join(dir, partialName)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	resume := func(partial []byte) error {
		if err := os.WriteFile(path, partial, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Resume(context.Background(), request.Case, dir, "test", 0, 0, "", nil)
		return err
	}
	if err := resume(good[:len(good)-1]); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("cut short: %v", err)
	}
	flipped := bytes.Clone(good)
	flipped[len(good)/2] ^= 1
	if err := resume(flipped); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("one bit flipped: %v", err)
	}
	if err := resume(append(bytes.Clone(good), "half a round"...)); err != nil {
		t.Errorf("torn at the end: %v", err)
	}
	same(t, want, contents(t, dir))
}

func TestTwoProcessesOnOneRun(t *testing.T) {
	request := Request{Case: harbour(t), Futures: 5000, Version: "test"}
	root := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	running, ended := make(chan struct{}), make(chan error)
	var once sync.Once
	go func() {
		_, _, err := Start(ctx, request, root, func(p Progress) {
			if p.Stage == Running {
				once.Do(func() { close(running) })
			}
		})
		ended <- err
	}()
	<-running
	_, _, err := Start(context.Background(), request, root, nil)
	cancel()
	if !errors.Is(err, errLocked) {
		t.Errorf("the second start gave %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the first start gave %v", err)
	}
}

// killed is the environment variable by which TestMain knows that it is a
// process meant to be killed; its value is the root folder.
const killed = "ENSEMBLE_TEST_KILLED"

func killRequest(t testing.TB) Request {
	return Request{Case: harbour(t), Strategies: []string{"rush"}, Futures: 2500, Seed: 11, Threads: 2, Version: "test"}
}

func TestMain(m *testing.M) {
	if root := os.Getenv(killed); root != "" {
		checkpointEvery = 0
		if _, _, err := Start(context.Background(), killRequest(&testing.B{}), root, nil); err != nil {
			println(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestKilledAtAnyMoment(t *testing.T) {
	kills := 60
	if testing.Short() {
		kills = 12
	}
	dir, _ := start(t, killRequest(t))
	want := contents(t, dir)
	root := t.TempDir()
	dir = filepath.Join(root, "harbour", filepath.Base(dir))
	child := func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), killed+"="+root)
		c.Stderr = os.Stderr
		return c
	}
	whole := time.Duration(0)
	random := rand.New(rand.NewPCG(1, 2))
	unfinished, torn := 0, 0
	for i := range kills {
		c := child()
		began := time.Now()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			timer := time.AfterFunc(time.Duration(random.Int64N(int64(whole))), func() { c.Process.Kill() })
			err := c.Wait()
			timer.Stop()
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == 1 {
				t.Fatal("the process failed by itself")
			}
		} else {
			if err := c.Wait(); err != nil {
				t.Fatal(err)
			}
			whole = time.Since(began)
		}
		if _, err := os.Stat(dir); err == nil {
			got := contents(t, dir)
			for name, data := range got {
				switch {
				case want[name] != "" && data != want[name]:
					t.Fatalf("kill %d left another %s under its final name (%d bytes of %d)", i, name, len(data), len(want[name]))
				case name == checkpointName:
					if _, _, err := decodeCheckpoint([]byte(data)); err != nil {
						t.Fatalf("kill %d left a broken state: %v", i, err)
					}
				case strings.HasPrefix(name, temporary):
					torn++
				}
			}
			if got[manifestName] == "" {
				unfinished++
				continue
			}
			for name := range want {
				if got[name] == "" {
					t.Fatalf("kill %d left a manifest without %s", i, name)
				}
			}
		}
		// Finished: begin anew.
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills left %d unfinished folders and %d temporary files", kills-1, unfinished, torn)
	if unfinished < kills/4 {
		t.Errorf("only %d kills of %d hit a run", unfinished, kills)
	}
	if err := child().Run(); err != nil {
		t.Fatal(err)
	}
	same(t, want, contents(t, dir))
}
