// Package intake reads files of events: it unpacks them, recognises their
// format by the header and hands on row by row, so that a file of any size needs
// no more memory than a small one.
package intake

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode/utf8"

	"handover/diagnostic"
)

// bufferSize is how much of a file is read at once.
const bufferSize = 1 << 20

// part is one table inside a file: the file itself, or a member of a zip.
type part struct {
	name string
	open func() (io.ReadCloser, error)
}

// parts lists the tables of a file and returns what to close in the end.
func parts(name string) ([]part, io.Closer, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, explain(name, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("this is not a file")
	}
	if err == nil && info.Size() == 0 {
		err = errors.New("the file is empty")
	}
	if err != nil {
		return nil, nil, errors.Join(wrong(name, 0, "unreadable", err.Error(), ""), f.Close())
	}
	magic := make([]byte, 4)
	n, err := f.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, errors.Join(explain(name, err), f.Close())
	}
	magic = magic[:n]
	switch {
	case bytes.HasPrefix(magic, []byte("PK")):
		archive, err := zip.NewReader(f, info.Size())
		if err != nil {
			return nil, nil, errors.Join(wrong(name, 0, "damaged", fmt.Sprintf("the zip archive is cut short or damaged: %v", err), "download it again"), f.Close())
		}
		var list []part
		for _, m := range archive.File {
			switch strings.ToLower(path.Ext(m.Name)) {
			case ".csv", ".tsv", ".tab", ".txt":
				if !m.FileInfo().IsDir() && !strings.HasPrefix(m.Name, "__MACOSX/") {
					list = append(list, part{path.Base(m.Name), m.Open})
				}
			}
		}
		if len(list) == 0 {
			return nil, nil, errors.Join(wrong(name, 0, "no-table", "the zip archive holds no file that ends in .csv, .tsv, .tab or .txt", ""), f.Close())
		}
		return list, f, nil
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return []part{{strings.TrimSuffix(path.Base(name), ".gz"), func() (io.ReadCloser, error) {
			return gzip.NewReader(bufio.NewReaderSize(f, bufferSize))
		}}}, f, nil
	}
	return []part{{path.Base(name), func() (io.ReadCloser, error) { return io.NopCloser(f), nil }}}, f, nil
}

// explain turns a failure to open a file into an error that says what to do.
func explain(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return wrong(name, 0, "missing-file", "there is no such file", "")
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot read %s: permission denied", name)
	}
	return fmt.Errorf("cannot read %s: %w", name, err)
}

// wrong is one mistake in a file.
func wrong(file string, line int, code, message, hint string) error {
	return diagnostic.List{{Position: diagnostic.Position{File: file, Line: line}, Code: code, Message: message, Hint: hint}}
}

// textReader passes on text and fails at the first byte that is none.
type textReader struct {
	from io.Reader
	// rest are bytes of a letter cut by the end of a block.
	rest []byte
	line int
	last byte
}

// notText is the failure of a textReader.
type notText struct{ line int }

func (e *notText) Error() string { return fmt.Sprintf("line %d is not UTF-8 text", e.line) }

func (t *textReader) Read(p []byte) (int, error) {
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	m, err := t.from.Read(p[n:])
	n += m
	if n == 0 {
		return 0, err
	}
	data := p[:n]
	// A letter may go on in the next block; at the end of the file it may not.
	if err == nil {
		for back := 1; back <= min(3, len(data)); back++ {
			if c := data[len(data)-back]; utf8.RuneStart(c) {
				if c >= 0x80 && !utf8.FullRune(data[len(data)-back:]) {
					t.rest = append([]byte(nil), data[len(data)-back:]...)
					data = data[:len(data)-back]
				}
				break
			}
		}
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		line := t.line + 1
		for i := 0; i < len(data); {
			r, size := utf8.DecodeRune(data[i:])
			if r == 0 || r == utf8.RuneError && size == 1 {
				break
			}
			if r == '\n' {
				line++
			}
			i += size
		}
		return 0, &notText{line}
	}
	t.line += bytes.Count(data, []byte("\n"))
	if len(data) > 0 {
		t.last = data[len(data)-1]
	}
	return len(data), err
}
