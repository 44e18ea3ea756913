package ensemble

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"math"
)

// state is all that is known of an unfinished run but its outcomes, which lie
// in the partial file.
type state struct {
	// rounds is how many rounds are done, from the first on.
	rounds int
	// bad counts experiments with a value that is not finite, kept the futures
	// without one.
	bad, kept int
	firstBad  string
	// length and crc describe the partial file.
	length int64
	crc    uint32
	// sketches are indexed by strategy, series and time.
	sketches []sketch
	// counts are indexed by strategy and cell (see mapColumns): futures in which
	// the condition holds.
	counts []uint32
}

func newState(e *experiments) *state {
	strategies := len(e.programs)
	return &state{
		sketches: make([]sketch, strategies*len(e.c.Series)*len(e.times)),
		counts:   make([]uint32, strategies*e.cells),
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checkpointMagic starts a checkpoint.
const checkpointMagic = "handover run state\n"

// errCheckpoint says that a file is not a checkpoint or was damaged.
var errCheckpoint = errors.New("not the state of an unfinished run, or damaged")

// encodeCheckpoint writes manifest and state, with a checksum at the end.
func encodeCheckpoint(m Manifest, s *state) ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	b := binary.AppendUvarint(nil, Format)
	b = appendText(b, text)
	for _, v := range []uint64{uint64(s.rounds), uint64(s.bad), uint64(s.kept), uint64(s.length), uint64(s.crc)} {
		b = binary.AppendUvarint(b, v)
	}
	b = appendText(b, []byte(s.firstBad))
	b = binary.AppendUvarint(b, uint64(len(s.sketches)))
	for i := range s.sketches {
		b = s.sketches[i].appendTo(b)
	}
	b = binary.AppendUvarint(b, uint64(len(s.counts)))
	for _, n := range s.counts {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return seal(b), nil
}

// seal puts magic before and a checksum behind the body of a checkpoint.
func seal(body []byte) []byte {
	b := append([]byte(checkpointMagic), body...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func appendText(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// errFormat says that a checkpoint is of another format.
var errFormat = errors.New("an unfinished run of another version of the program")

// decodeCheckpoint reads what encodeCheckpoint wrote. It takes no more memory
// than a small multiple of len(b), whatever b holds.
func decodeCheckpoint(b []byte) (m Manifest, s *state, err error) {
	if len(b) < len(checkpointMagic)+4 || string(b[:len(checkpointMagic)]) != checkpointMagic {
		return m, nil, errCheckpoint
	}
	body := b[:len(b)-4]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b[len(body):]) {
		return m, nil, errCheckpoint
	}
	body = body[len(checkpointMagic):]
	next := func(most uint64) uint64 {
		v, n := binary.Uvarint(body)
		if err != nil || n <= 0 || v > most {
			err = errors.Join(err, errCheckpoint)
			return 0
		}
		body = body[n:]
		return v
	}
	text := func() []byte {
		n := next(uint64(len(body)))
		if n > uint64(len(body)) {
			err = errCheckpoint
		}
		if err != nil {
			return nil
		}
		t := body[:n]
		body = body[n:]
		return t
	}
	if format := next(math.MaxUint32); err == nil && format != Format {
		return m, nil, errFormat
	}
	description := text()
	if err != nil || json.Unmarshal(description, &m) != nil {
		return m, nil, errCheckpoint
	}
	s = &state{}
	s.rounds = int(next(math.MaxInt32))
	s.bad, s.kept = int(next(math.MaxInt32)), int(next(math.MaxInt32))
	s.length, s.crc = int64(next(math.MaxInt64)), uint32(next(math.MaxUint32))
	s.firstBad = string(text())
	// A stored sketch takes at least a byte, but one in memory more: grow as they
	// come.
	for range next(uint64(len(body))) {
		if err != nil {
			return m, nil, errCheckpoint
		}
		var one sketch
		one, body, err = readSketch(body)
		s.sketches = append(s.sketches, one)
	}
	for range next(uint64(len(body))) {
		s.counts = append(s.counts, uint32(next(math.MaxUint32)))
		if err != nil {
			return m, nil, errCheckpoint
		}
	}
	if err != nil || len(body) != 0 {
		return m, nil, errCheckpoint
	}
	return m, s, nil
}

// fits says whether the state is one of these experiments.
func (s *state) fits(e *experiments) bool {
	blank := newState(e)
	rounds := roundsOf(e.manifest.Futures)
	return len(s.sketches) == len(blank.sketches) && len(s.counts) == len(blank.counts) &&
		s.rounds <= rounds && s.length == partialLength(e, s.rounds) && s.kept <= s.rounds*roundSize
}
