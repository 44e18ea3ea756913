package ensemble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"

	"handover/lockfile"
)

// errLocked says that another process works in the run folder.
var errLocked = errors.New("another process is working on this run")

// partial is the file that gathers the outcomes of a run, one chunk a round. A
// chunk holds, for each strategy and outcome, the values of the round's futures,
// then for each strategy one byte a future: 1 where the experiment is bad. So a
// column is read with one read a round and never needs the rest.
type partial struct {
	*os.File
	strategies, outcomes, futures int
	buffer                        []byte
}

// openPartial opens or makes the partial file in the folder, for this process
// alone.
func openPartial(folder string, e *experiments) (*partial, error) {
	path := filepath.Join(folder, partialName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, explain("write", path, err)
	}
	if err := lockfile.Take(f); err != nil {
		_ = f.Close()
		if errors.Is(err, lockfile.ErrTaken) {
			err = errLocked
		}
		return nil, explain("lock", path, err)
	}
	return &partial{File: f, strategies: len(e.programs), outcomes: len(e.c.Outcomes), futures: e.manifest.Futures}, nil
}

// perFuture is how many bytes a chunk has for each future.
func perFuture(strategies, outcomes int) int64 { return int64(strategies) * int64(8*outcomes+1) }

// partialLength is the length of the file after some rounds.
func partialLength(e *experiments, rounds int) int64 {
	futures := min(rounds*roundSize, e.manifest.Futures)
	return int64(futures) * perFuture(len(e.programs), len(e.c.Outcomes))
}

// restore cuts off what was written after the state was, and checks that the
// rest is what the state describes.
func (p *partial) restore(s *state) error {
	info, err := p.Stat()
	if err != nil {
		return explain("read", p.Name(), err)
	}
	if info.Size() < s.length {
		return fmt.Errorf("%s is damaged: it has %d bytes, of %d; remove the run folder and start again", p.Name(), info.Size(), s.length)
	}
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(sum, io.NewSectionReader(p, 0, s.length)); err != nil {
		return explain("read", p.Name(), err)
	}
	if sum.Sum32() != s.crc {
		return fmt.Errorf("%s is damaged: its checksum is not that of the run's state; remove the run folder and start again", p.Name())
	}
	if err := p.Truncate(s.length); err != nil {
		return explain("write", p.Name(), err)
	}
	return nil
}

// append writes the chunk of a round after those of s, and counts it in s only
// once it is written.
func (p *partial) append(r *round, s *state) error {
	b := p.buffer[:0]
	for _, column := range r.outcomes {
		for _, v := range column[:r.futures] {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	for _, flags := range r.bad {
		for _, bad := range flags[:r.futures] {
			b = append(b, flag(bad))
		}
	}
	p.buffer = b
	if _, err := p.WriteAt(b, s.length); err != nil {
		return explain("write", p.Name(), err)
	}
	s.length += int64(len(b))
	s.crc = crc32.Update(s.crc, castagnoli, b)
	return nil
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// column reads the values of an outcome under a strategy in the futures from
// first on, as many as dst holds. Both ends lie on the bounds of rounds or at
// the last future.
func (p *partial) column(strategy, outcome, first int, dst []float64) error {
	at := int64(strategy*p.outcomes+outcome) * 8
	room := make([]byte, 8*min(roundSize, len(dst)))
	return p.chunks(first, len(dst), func(start int64, futures, from int) error {
		b := room[:8*futures]
		if _, err := p.ReadAt(b, start+at*int64(futures)); err != nil {
			return explain("read", p.Name(), err)
		}
		for i := range futures {
			dst[from+i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
		return nil
	})
}

// flags reads which experiments of a strategy are bad, likewise.
func (p *partial) flags(strategy, first int, dst []bool) error {
	at := int64(p.strategies)*int64(p.outcomes)*8 + int64(strategy)
	room := make([]byte, min(roundSize, len(dst)))
	return p.chunks(first, len(dst), func(start int64, futures, from int) error {
		b := room[:futures]
		if _, err := p.ReadAt(b, start+at*int64(futures)); err != nil {
			return explain("read", p.Name(), err)
		}
		for i := range futures {
			dst[from+i] = b[i] != 0
		}
		return nil
	})
}

// chunks calls visit for each chunk with where it starts in the file, how many
// futures it has and the place of its first future counted from first.
func (p *partial) chunks(first, n int, visit func(start int64, futures, from int) error) error {
	for at := first; at < first+n; at += roundSize {
		futures := min(roundSize, p.futures-at)
		if err := visit(int64(at)*perFuture(p.strategies, p.outcomes), futures, at-first); err != nil {
			return err
		}
	}
	return nil
}
