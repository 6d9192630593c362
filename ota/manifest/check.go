package manifest

import (
	"errors"
	"fmt"
	"regexp"

	"wattkiosk/boards/ground/strictjson"
)

var (
	name    = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,39}$`)
	printed = regexp.MustCompile(`^[!-~]([ -~]{0,78}[!-~])?$`) // what a device says of itself
)

// ErrMixed tells that a disk is not alone in its bundle.
var ErrMixed = errors.New("a disk and something else are in one bundle")

// Parse reads a manifest strictly: unknown fields, text after it and anything out
// of bounds are errors.
func Parse(data []byte) (Manifest, error) {
	var m Manifest
	if err := strictjson.Decode(data, MaxManifest, &m); err != nil {
		return Manifest{}, fmt.Errorf("cannot read manifest: %w", err)
	}
	return m, m.Check()
}

// Check refuses a manifest that is incomplete or out of bounds.
func (m Manifest) Check() error {
	switch {
	case m.Format != Format:
		return fmt.Errorf("manifest format %d is not %d", m.Format, Format)
	case m.Product != Product:
		return fmt.Errorf("bundle is for product %q", m.Product)
	case m.Board != "*" && !name.MatchString(m.Board):
		return fmt.Errorf("board name %q", m.Board)
	case m.Version == "" || len(m.Version) > 80 || m.Build == 0 || m.Floor > m.Build:
		return fmt.Errorf("version %q, build %d, floor %d", m.Version, m.Build, m.Floor)
	case m.Created.IsZero() || !m.Expires.After(m.Created):
		return errors.New("manifest does not say when it was made and when it ends")
	case m.Data.ReadsFrom < 1 || m.Data.Reads < m.Data.ReadsFrom || m.Data.Writes < m.Data.ReadsFrom || m.Data.Writes > m.Data.Reads:
		return fmt.Errorf("data formats %+v", m.Data)
	case len(m.Payloads) == 0 || len(m.Payloads) > MaxPayloads:
		return fmt.Errorf("%d payloads", len(m.Payloads))
	}
	if err := m.Encryption.check(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, p := range m.Payloads {
		if p.Kind == Disk && len(m.Payloads) > 1 {
			return ErrMixed
		}
		if seen[p.Name] {
			return fmt.Errorf("two payloads are named %s", p.Name)
		}
		seen[p.Name] = true
		if err := p.check(m.Board); err != nil {
			return fmt.Errorf("payload %q: %w", p.Name, err)
		}
	}
	return nil
}

func (p Payload) check(board string) error {
	switch {
	case !name.MatchString(p.Name):
		return errors.New("bad name")
	case p.Kind != Boot && p.Kind != Root && p.Kind != Content && p.Kind != Peripheral && p.Kind != Disk:
		return fmt.Errorf("unknown kind %q", p.Kind)
	case board == "*" && p.Kind != Content:
		return fmt.Errorf("a %s needs a board", p.Kind)
	case (p.Kind == Content) != (p.Target != "") || p.Target != "" && !name.MatchString(p.Target):
		return fmt.Errorf("target %q", p.Target)
	case (p.Kind == Peripheral) != (p.Device != nil):
		return fmt.Errorf("a %s, and the device is %v", p.Kind, p.Device)
	case p.Device != nil && !p.Device.valid():
		return fmt.Errorf("device %+v", *p.Device)
	case p.Kind == Peripheral && p.Size > MaxPeripheral:
		return fmt.Errorf("a %s of %d bytes", p.Kind, p.Size)
	case p.Kind != Boot && p.Kind != Root && len(p.Deltas) > 0:
		return fmt.Errorf("a %s has no deltas", p.Kind)
	case p.Size < 1 || p.Size > MaxPayload && p.Kind != Disk || p.Size > MaxDisk:
		return fmt.Errorf("size %d", p.Size)
	case len(p.Chunks) == 0 && len(p.Deltas) == 0:
		return errors.New("has no content")
	case len(p.Deltas) > MaxPayloads:
		return fmt.Errorf("%d deltas", len(p.Deltas))
	}
	if len(p.Chunks) > 0 {
		if err := checkChunks(p.Chunks, p.Size, 0, p.Kind == Disk); err != nil {
			return err
		}
	}
	for i, d := range p.Deltas {
		if d.FromSize < 1 || d.FromSize > MaxPayload {
			return fmt.Errorf("delta %d: from %d bytes", i, d.FromSize)
		}
		if err := checkChunks(d.Chunks, p.Size, d.FromSize, false); err != nil {
			return fmt.Errorf("delta %d: %w", i, err)
		}
	}
	return nil
}

func (d Device) valid() bool {
	return name.MatchString(d.Class) && name.MatchString(d.Driver) && printed.MatchString(d.Model) && printed.MatchString(d.Version)
}

// checkChunks wants chunks to make size bytes out of an image of from bytes. Only
// where they may repeat is one like another.
func checkChunks(chunks []Chunk, size, from int64, repeat bool) error {
	var sum int64
	for i, c := range chunks {
		last := i == len(chunks)-1
		switch {
		case c.Size < 1 || c.Size > ChunkSize || !last && c.Size != ChunkSize:
			return fmt.Errorf("chunk %d unpacks to %d bytes", i, c.Size)
		case c.Like != 0 && (!repeat || !c.repeats(chunks[:i])):
			return fmt.Errorf("chunk %d is not like chunk %d", i, c.Like-1)
		case c.Like == 0 && (c.Stored < 1 || c.Stored > 2*ChunkSize):
			return fmt.Errorf("chunk %d is stored in %d bytes", i, c.Stored)
		case c.DictAt < 0 || c.DictSize < 0 || c.DictSize > MaxDictionary || c.DictAt > from-c.DictSize:
			return fmt.Errorf("chunk %d takes %d bytes at %d of an image of %d", i, c.DictSize, c.DictAt, from)
		}
		sum += c.Size
	}
	if sum != size {
		return fmt.Errorf("chunks make %d bytes, not %d", sum, size)
	}
	return nil
}

// repeats reports whether a chunk is like the one before it that it names, which is
// stored.
func (c Chunk) repeats(before []Chunk) bool {
	if c.Like < 1 || c.Like > len(before) {
		return false
	}
	first := before[c.Like-1]
	return first.Like == 0 && c.Stored == 0 && c.DictSize == 0 && c.Size == first.Size && c.SHA256 == first.SHA256 && c.Sealed == first.Sealed
}
