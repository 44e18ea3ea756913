package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"handover/evidence"
)

// symbols gives each text that repeats a number, so that a spilled event is
// small and reading it back makes no new text.
type symbols struct {
	numbers map[string]uint64
	texts   []string
}

func newSymbols() *symbols { return &symbols{numbers: map[string]uint64{"": 0}, texts: []string{""}} }

func (s *symbols) number(text string) uint64 {
	if n, ok := s.numbers[text]; ok {
		return n
	}
	n := uint64(len(s.texts))
	text = string([]byte(text)) // the text may be a piece of a whole line
	s.numbers[text] = n
	s.texts = append(s.texts, text)
	return n
}

func (s *symbols) text(n uint64) (string, error) {
	if n >= uint64(len(s.texts)) {
		return "", errors.New("a spilled event is damaged")
	}
	return s.texts[n], nil
}

// encode appends an event and a mark to b.
func (s *symbols) encode(b []byte, e *evidence.Event, mark byte) []byte {
	flags := byte(0)
	if e.Provisional {
		flags = 1
	}
	b = append(b, mark, byte(e.Source), flags, byte(e.DatePrecision), byte(e.PlacePrecision))
	b = binary.AppendUvarint(b, uint64(len(e.ID)))
	b = append(b, e.ID...)
	for _, d := range []evidence.Day{e.Start, e.End, e.Reported} {
		b = binary.AppendVarint(b, int64(d))
	}
	for _, n := range []int32{e.Low, e.Best, e.High} {
		b = binary.AppendVarint(b, int64(n))
	}
	for _, t := range []string{e.Version, e.ActorA, e.ActorB, e.Dyad, e.Place, string(e.Kind)} {
		b = binary.AppendUvarint(b, s.number(t))
	}
	return b
}

// decode reads the next event and its mark; io.EOF after the last.
func (s *symbols) decode(r *bufio.Reader) (e evidence.Event, mark byte, err error) {
	if mark, err = r.ReadByte(); err != nil {
		return e, 0, err
	}
	var fixed [4]byte
	if _, err = io.ReadFull(r, fixed[:]); err != nil {
		return e, 0, broken(err)
	}
	e.Source, e.Provisional = evidence.Source(fixed[0]), fixed[1] == 1
	e.DatePrecision, e.PlacePrecision = int8(fixed[2]), int8(fixed[3])
	length, err := binary.ReadUvarint(r)
	if err != nil || length > 1<<16 {
		return e, 0, broken(err)
	}
	id := make([]byte, length)
	if _, err = io.ReadFull(r, id); err != nil {
		return e, 0, broken(err)
	}
	e.ID = string(id)
	for _, d := range []*evidence.Day{&e.Start, &e.End, &e.Reported} {
		n, err := binary.ReadVarint(r)
		if err != nil {
			return e, 0, broken(err)
		}
		*d = evidence.Day(n)
	}
	for _, c := range []*int32{&e.Low, &e.Best, &e.High} {
		n, err := binary.ReadVarint(r)
		if err != nil {
			return e, 0, broken(err)
		}
		*c = int32(n)
	}
	for _, t := range []*string{&e.Version, &e.ActorA, &e.ActorB, &e.Dyad, &e.Place, (*string)(&e.Kind)} {
		n, err := binary.ReadUvarint(r)
		if err != nil {
			return e, 0, broken(err)
		}
		if *t, err = s.text(n); err != nil {
			return e, 0, err
		}
	}
	return e, mark, nil
}

func broken(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("a spilled event is damaged")
	}
	return err
}

// spill holds events on the disk, apart by a key, while an import goes on.
type spill struct {
	folder  string
	name    string
	symbols *symbols
	files   map[int]*spillFile
	scratch []byte
	// reading guards files while several keys are read at once.
	reading sync.Mutex
}

type spillFile struct {
	file   *os.File
	buffer *bufio.Writer
}

func newSpill(folder, name string, s *symbols) *spill {
	return &spill{folder: folder, name: name, symbols: s, files: map[int]*spillFile{}}
}

// add writes an event under a key.
func (s *spill) add(key int, e *evidence.Event, mark byte) error {
	f := s.files[key]
	if f == nil {
		file, err := os.CreateTemp(s.folder, fmt.Sprintf("%s-%d-*", s.name, key))
		if err != nil {
			return err
		}
		f = &spillFile{file, bufio.NewWriterSize(file, 1<<14)}
		s.files[key] = f
	}
	s.scratch = s.symbols.encode(s.scratch[:0], e, mark)
	_, err := f.buffer.Write(s.scratch)
	return err
}

// read hands every event of a key to use, in the order in which they were
// added, and removes the file.
func (s *spill) read(key int, use func(e *evidence.Event, mark byte) error) error {
	s.reading.Lock()
	f := s.files[key]
	delete(s.files, key)
	s.reading.Unlock()
	if f == nil {
		return nil
	}
	defer os.Remove(f.file.Name())
	defer f.file.Close()
	if err := f.buffer.Flush(); err != nil {
		return err
	}
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReaderSize(f.file, 1<<18)
	for {
		e, mark, err := s.symbols.decode(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(f.file.Name()), err)
		}
		if err := use(&e, mark); err != nil {
			return err
		}
	}
}

// close closes and removes what was not read.
func (s *spill) close() {
	for _, f := range s.files {
		_ = f.file.Close() // what it holds is thrown away
		os.Remove(f.file.Name())
	}
}
