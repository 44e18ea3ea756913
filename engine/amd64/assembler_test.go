package amd64

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/encodings.txt anew with the GNU assembler")

// sample is one instruction in the words of the GNU assembler and as we write it.
type sample struct {
	text string
	emit func(*Assembler)
	form Form
}

// samples has every instruction with registers of all encodings (low, high, the
// upper sixteen of AVX-512) and displacements of both lengths.
func samples() []sample {
	var list []sample
	add := func(f Form, emit func(*Assembler), text string, arguments ...any) {
		list = append(list, sample{fmt.Sprintf(text, arguments...), emit, f})
	}
	bases := []struct {
		register Register
		text     string
	}{{DI, "rdi"}, {SI, "rsi"}, {DX, "rdx"}, {AX, "rax"}, {BX, "rbx"}}
	three := []struct {
		name string
		i    Instruction
	}{{"vaddpd", VADDPD}, {"vmulpd", VMULPD}, {"vsubpd", VSUBPD}, {"vminpd", VMINPD}, {"vdivpd", VDIVPD}, {"vmaxpd", VMAXPD},
		{"vandpd", VANDPD}, {"vandnpd", VANDNPD}, {"vorpd", VORPD}, {"vxorpd", VXORPD}, {"vpaddq", VPADDQ}, {"vpsubq", VPSUBQ}, {"vpmuludq", VPMULUDQ}}
	for _, c := range []struct {
		form      Form
		letter    string
		registers []Vector
	}{{VEX256, "y", []Vector{0, 7, 9, 15}}, {EVEX512, "z", []Vector{0, 7, 15, 18, 31}}} {
		f := c.form
		size := map[Form]string{VEX256: "ymmword ptr", EVEX512: "zmmword ptr"}[f]
		name := func(v Vector) string { return fmt.Sprintf("%smm%d", c.letter, v) }
		for _, x := range c.registers {
			for _, y := range c.registers {
				for _, o := range three {
					add(f, func(a *Assembler) { a.Three(o.i, x, y, In(c.registers[1])) }, "%s %s, %s, %s", o.name, name(x), name(y), name(c.registers[1]))
					add(f, func(a *Assembler) { a.Three(o.i, c.registers[2], x, In(y)) }, "%s %s, %s, %s", o.name, name(c.registers[2]), name(x), name(y))
				}
				add(f, func(a *Assembler) { a.Two(VSQRTPD, x, In(y)) }, "vsqrtpd %s, %s", name(x), name(y))
				add(f, func(a *Assembler) { a.Two(VMOVAPD, x, In(y)) }, "vmovapd %s, %s", name(x), name(y))
				add(f, func(a *Assembler) { a.ShiftLeft(x, y, 45) }, "vpsllq %s, %s, 45", name(x), name(y))
				add(f, func(a *Assembler) { a.ShiftRight(x, y, 52) }, "vpsrlq %s, %s, 52", name(x), name(y))
				if f == VEX256 {
					add(f, func(a *Assembler) { a.Floor(x, In(y)) }, "vroundpd %s, %s, 9", name(x), name(y))
					add(f, func(a *Assembler) { a.Compare(NotLess, x, 7, In(y)) }, "vcmppd %s, ymm7, %s, 5", name(x), name(y))
					add(f, func(a *Assembler) { a.Blend(x, 3, In(y), 12) }, "vblendvpd %s, ymm3, %s, ymm12", name(x), name(y))
					add(f, func(a *Assembler) { a.Three(VPCMPEQD, x, y, In(y)) }, "vpcmpeqd %s, %s, %s", name(x), name(y), name(y))
					add(f, func(a *Assembler) { a.SignBits(AX, y) }, "vmovmskpd eax, %s", name(y))
					if x != y && x != 4 && y != 4 {
						add(f, func(a *Assembler) { a.Gather(x, Memory{SI, 4000, true, y}, 4) }, "vgatherqpd %s, [rsi+%s*8+4000], ymm4", name(x), name(y))
					}
				} else {
					add(f, func(a *Assembler) { a.Floor(x, In(y)) }, "vrndscalepd %s, %s, 9", name(x), name(y))
					add(f, func(a *Assembler) { a.CompareMask(LessEqual, 3, x, In(y)) }, "vcmppd k3, %s, %s, 2", name(x), name(y))
					add(f, func(a *Assembler) { a.BlendMask(x, 3, In(y), 6) }, "vblendmpd %s{k6}, zmm3, %s", name(x), name(y))
					add(f, func(a *Assembler) { a.Three(VPERMT2PD, x, 20, In(y)) }, "vpermt2pd %s, zmm20, %s", name(x), name(y))
					add(f, func(a *Assembler) { a.Two(VCVTTPD2QQ, x, In(y)) }, "vcvttpd2qq %s, %s", name(x), name(y))
					if x != y {
						add(f, func(a *Assembler) { a.GatherMask(x, Memory{SI, 808, true, y}, 2) }, "vgatherqpd %s{k2}, [rsi+%s*8+808]", name(x), name(y))
					}
				}
			}
			for _, b := range bases {
				text := b.text
				for _, at := range []int32{0, 64, -128, 4032, 4096, 100, 1 << 20} {
					m := Memory{Base: b.register, Disp: at}
					add(f, func(a *Assembler) { a.Three(VADDPD, x, 5, At(m)) }, "vaddpd %s, %s, %s [%s+%d]", name(x), name(5), size, text, at)
					add(f, func(a *Assembler) { a.Two(VMOVUPD, x, At(m)) }, "vmovupd %s, %s [%s+%d]", name(x), size, text, at)
					add(f, func(a *Assembler) { a.Store(m, x) }, "vmovupd %s [%s+%d], %s", size, text, at, name(x))
					add(f, func(a *Assembler) { a.Broadcast(x, m) }, "vbroadcastsd %s, qword ptr [%s+%d]", name(x), text, at)
					if f == EVEX512 {
						add(f, func(a *Assembler) { a.Three(VDIVPD, x, 5, Each(m)) }, "vdivpd %s, zmm5, qword ptr [%s+%d]{1to8}", name(x), text, at)
						add(f, func(a *Assembler) { a.CompareMask(Unordered, 1, x, Each(m)) }, "vcmppd k1, %s, qword ptr [%s+%d]{1to8}, 3", name(x), text, at)
						add(f, func(a *Assembler) { a.BroadcastUnder(x, 5, m) }, "vbroadcastsd %s{k5}{z}, qword ptr [%s+%d]", name(x), text, at)
						add(f, func(a *Assembler) { a.Three(VPERMPD, x, 6, At(m)) }, "vpermpd %s, zmm6, zmmword ptr [%s+%d]", name(x), text, at)
					}
				}
			}
		}
	}
	m := Memory{Base: DX, Disp: 2100}
	add(VEX256, func(a *Assembler) { a.MaskAnd(1, 2, 7) }, "kandb k1, k2, k7")
	add(VEX256, func(a *Assembler) { a.MaskOr(7, 6, 5) }, "korb k7, k6, k5")
	add(VEX256, func(a *Assembler) { a.MaskNot(3, 4) }, "knotb k3, k4")
	add(VEX256, func(a *Assembler) { a.MaskSet(5) }, "kxnorb k5, k5, k5")
	add(VEX256, func(a *Assembler) { a.MaskTest(6) }, "kortestb k6, k6")
	add(VEX256, func(a *Assembler) { a.MaskStore(m, 2) }, "kmovb byte ptr [rdx+2100], k2")
	add(VEX256, func(a *Assembler) { a.MaskLoad(2, m) }, "kmovb k2, byte ptr [rdx+2100]")
	add(VEX256, func(a *Assembler) { a.ZeroUpper() }, "vzeroupper")
	add(VEX256, func(a *Assembler) { a.Return() }, "ret")
	add(VEX256, func(a *Assembler) { a.MoveImmediate(AX, 77) }, "mov eax, 77")
	add(VEX256, func(a *Assembler) { a.Test(AX) }, "test eax, eax")
	add(VEX256, func(a *Assembler) { a.Load(AX, m) }, "mov rax, qword ptr [rdx+2100]")
	add(VEX256, func(a *Assembler) { a.Load(CX, Memory{Base: DI, Disp: 8}) }, "mov rcx, qword ptr [rdi+8]")
	add(VEX256, func(a *Assembler) { a.AddTo(m, CX) }, "add qword ptr [rdx+2100], rcx")
	add(VEX256, func(a *Assembler) { a.AddTo(Memory{Base: DI, Disp: 8}, AX) }, "add qword ptr [rdi+8], rax")
	add(VEX256, func(a *Assembler) { a.Load(BX, Memory{Base: DX, Disp: -56}) }, "mov rbx, qword ptr [rdx-56]")
	add(VEX256, func(a *Assembler) { a.AddImmediate(m, 1000) }, "add qword ptr [rdx+2100], 1000")
	add(VEX256, func(a *Assembler) { a.DecrementAt(m) }, "dec qword ptr [rdx+2100]")
	add(VEX256, func(a *Assembler) { a.PopTo(m) }, "pop qword ptr [rdx+2100]")
	add(VEX256, func(a *Assembler) { a.JumpTo(m) }, "jmp qword ptr [rdx+2100]")
	return list
}

// golden reads what the GNU assembler makes of each text.
func golden(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/encodings.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(data)) {
		code, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		known[text] = code
	}
	return known
}

func TestEncodings(t *testing.T) {
	if *update {
		writeGolden(t)
	}
	known := golden(t)
	for _, s := range samples() {
		want, ok := known[s.text]
		if !ok {
			t.Fatalf("%s is not in testdata/encodings.txt; run with -update where the GNU assembler is installed", s.text)
		}
		a := &Assembler{Form: s.form}
		s.emit(a)
		code, err := a.Code()
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(code); got != want {
			t.Errorf("%s: got %s, expected %s", s.text, got, want)
		}
	}
}

// writeGolden assembles the texts with the GNU assembler, each at a multiple of
// 16 bytes, and notes the bytes. The assembler writes what needs no displacement
// without one; we always write one, so the texts ask for it.
func writeGolden(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	var source, out strings.Builder
	source.WriteString(".intel_syntax noprefix\n")
	list := samples()
	for i, s := range list {
		text := strings.NewReplacer("+-", "-").Replace(s.text)
		prefix := ""
		if strings.Contains(text, "+0]") {
			prefix = "{disp8} "
		}
		if strings.HasPrefix(text, "vmovapd") {
			prefix = "{load} "
		}
		fmt.Fprintf(&source, "l%d: %s%s\n.skip 32-(.-l%d),0x90\n", i, prefix, text, i)
	}
	in, object, binary := filepath.Join(folder, "a.s"), filepath.Join(folder, "a.o"), filepath.Join(folder, "a.bin")
	if err := os.WriteFile(in, []byte(source.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]string{{"as", "-o", object, in}, {"objcopy", "-O", "binary", "-j", ".text", object, binary}} {
		if text, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", c, err, text)
		}
	}
	code, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, s := range list {
		length := 32
		for length > 0 && code[32*i+length-1] == 0x90 {
			length--
		}
		if !seen[s.text] {
			seen[s.text] = true
			fmt.Fprintf(&out, "%s %s\n", hex.EncodeToString(code[32*i:32*i+length]), s.text)
		}
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/encodings.txt", []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestJumps(t *testing.T) {
	a := &Assembler{}
	back, ahead := a.Label(), a.Label()
	a.Set(back)
	a.JumpIfZero(ahead)
	a.JumpIfNotZero(ahead)
	a.Call(back)
	a.Jump(ahead)
	a.Set(ahead)
	code, err := a.Code()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(code), "0f8410000000"+"0f850a000000"+"e8efffffff"+"e900000000"; got != want {
		t.Errorf("got %s, expected %s", got, want)
	}
	a.Jump(a.Label())
	if _, err := a.Code(); err == nil {
		t.Error("a jump to nowhere was accepted")
	}
}
