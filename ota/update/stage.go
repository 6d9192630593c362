package update

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
)

// Progress is told while an update is written.
type Progress struct {
	Payload string
	Delta   bool
	Written int64 // bytes of the payload that the slot holds
	Size    int64
	Done    int64 // bytes of all payloads
	All     int64
}

// order is that of the slot's partitions: the boot image last, so that a root that
// is not whole has no kernel of its own beside it.
var order = []manifest.Kind{manifest.Root, manifest.Boot}

// Staged is what was written into the idle slot and is not armed yet.
type Staged struct {
	Slot    slot.Name `json:"slot"`
	Held    Held      `json:"held"`
	Floor   uint64    `json:"floor"`
	Expires time.Time `json:"expires"`
	By      string    `json:"by"`
}

const stagedFile = "staged.json"

// Staged is what waits to be armed; nil is nothing.
func (b *Board) Staged() (*Staged, error) {
	var s *Staged
	return s, b.load(stagedFile, &s)
}

// Stage writes a checked bundle into the idle slot and reads it back. Nothing
// starts the slot until it is armed; one that was armed before is not any more.
// Chunks at the beginning of a partition that the slot holds already are kept, so
// that a writing that was cut off goes on where it was; each chunk is synced before
// the next is fetched.
func (b *Board) Stage(ctx context.Context, bd *bundle.Bundle, by string, progress func(Progress)) error {
	m, idle := bd.Manifest(), b.Running.Slot.Other()
	payloads, err := images(bd)
	if err != nil {
		return err
	}
	if err := b.clear(idle); err != nil {
		return err
	}
	held := Held{Version: m.Version, Build: m.Build}
	t := teller{progress: progress}
	for _, p := range payloads {
		t.All += p.Size
	}
	for _, p := range payloads {
		if err := b.write(ctx, bd, p, idle, &t); err != nil {
			return err
		}
		held.Images = append(held.Images, Image{p.Kind, p.Size, p.SHA256})
	}
	if err := b.Accept(bd); err != nil {
		return err
	}
	if err := b.setSlot(idle, &held); err != nil {
		return err
	}
	return b.save(stagedFile, Staged{Slot: idle, Held: held, Floor: m.Floor, Expires: m.Expires, By: by})
}

// images are the payloads of a slot, in the order of writing.
func images(bd *bundle.Bundle) (list []manifest.Payload, err error) {
	for _, kind := range order {
		p, ok := bd.Payload(kind)
		if !ok {
			return nil, refuse("incomplete", "the bundle has no %s image", kind)
		}
		list = append(list, p)
	}
	return list, nil
}

// clear makes the idle slot one that nothing starts and that is known to hold
// nothing, before its first byte is changed.
func (b *Board) clear(idle slot.Name) error {
	s, err := b.State()
	if err != nil {
		return err
	}
	if err := b.free(s); err != nil {
		return err
	}
	for _, name := range []string{pendingFile, stagedFile} { // before the boot state: what is not tried has not failed
		if err := b.drop(name); err != nil {
			return err
		}
	}
	if s.Try != "" {
		if err := b.changeState(slot.EndTrial); err != nil {
			return err
		}
	}
	return b.setSlot(idle, nil)
}

// drop empties a file of the store, if it is not empty.
func (b *Board) drop(name string) error {
	var there any
	if err := b.load(name, &there); err == nil && there == nil {
		return nil
	}
	return b.save(name, nil)
}

// teller tells how far all payloads are.
type teller struct {
	Progress
	progress func(Progress)
	before   int64 // bytes of the payloads before
}

func (t *teller) tell(written int64) {
	t.Written, t.Done = written, t.before+written
	if t.progress != nil {
		t.progress(t.Progress)
	}
}

// write fills one partition of the idle slot and reads it back.
func (b *Board) write(ctx context.Context, bd *bundle.Bundle, p manifest.Payload, idle slot.Name, t *teller) error {
	dst, err := b.Disks.Open(partition(p.Kind, idle))
	if err != nil {
		return err
	}
	defer dst.Close()
	room, err := dst.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("cannot size the idle slot: %w", err)
	}
	if p.Size > room {
		return refuse("too-large", "the %s image has %d bytes, the slot %d", p.Kind, p.Size, room)
	}
	old, err := b.Disks.Open(partition(p.Kind, b.Running.Slot))
	if err != nil {
		return err
	}
	defer old.Close()
	src, err := origin(p, old)
	if err != nil {
		return err
	}
	plan, err := bd.Plan(p, src)
	if err != nil {
		return err
	}
	from, there, err := kept(ctx, p, dst)
	if err != nil {
		return err
	}
	t.Payload, t.Delta, t.Size = p.Name, plan.Delta, p.Size
	t.tell(there)
	if err := bd.Install(ctx, p, plan, old, synced{dst}, from, func(_ int, written int64) { t.tell(written) }); err != nil {
		return err
	}
	t.before += p.Size
	return readBack(dst, Image{p.Kind, p.Size, p.SHA256})
}

func partition(k manifest.Kind, n slot.Name) string { return string(k) + "_" + string(n) }

// synced is a disk whose every write is synced.
type synced struct{ Disk }

// WriteAt implements io.WriterAt.
func (d synced) WriteAt(p []byte, at int64) (int, error) {
	n, err := d.Disk.WriteAt(p, at)
	return n, errors.Join(err, d.Sync())
}

// kept counts the chunks at the beginning of a partition that hold already, and
// their bytes. Every delta makes the same chunks as the full payload.
func kept(ctx context.Context, p manifest.Payload, dst io.ReaderAt) (chunks int, size int64, err error) {
	list := p.Chunks
	if len(list) == 0 {
		list = p.Deltas[0].Chunks
	}
	buf := make([]byte, min(p.Size, manifest.ChunkSize))
	for i, c := range list {
		if err := ctx.Err(); err != nil {
			return 0, 0, err
		}
		if _, err := dst.ReadAt(buf[:c.Size], size); err != nil && !errors.Is(err, io.EOF) {
			return 0, 0, fmt.Errorf("cannot read the idle slot: %w", err)
		}
		if sha256.Sum256(buf[:c.Size]) != c.SHA256 {
			return i, size, nil
		}
		size += c.Size
	}
	return len(list), size, nil
}

// origin is the running partition, if one of the deltas starts from what is in it.
func origin(p manifest.Payload, old Disk) (*bundle.Source, error) {
	room, err := old.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("cannot size the running slot: %w", err)
	}
	for _, d := range p.Deltas {
		if d.FromSize > room {
			continue
		}
		sum, err := bundle.Hash(old, d.FromSize)
		if err != nil {
			return nil, fmt.Errorf("cannot read the running slot: %w", err)
		}
		if sum == d.FromSHA256 {
			return &bundle.Source{ReaderAt: old, Size: d.FromSize, SHA256: sum}, nil
		}
	}
	return nil, nil
}

// readBack checks what is on the disk, not what is in memory.
func readBack(d Disk, i Image) error {
	if err := d.Sync(); err != nil {
		return fmt.Errorf("cannot write the idle slot: %w", err)
	}
	forget(d)
	sum, err := bundle.Hash(d, i.Size)
	if err != nil {
		return fmt.Errorf("cannot read the idle slot back: %w", err)
	}
	if sum != i.SHA256 {
		return fmt.Errorf("the idle slot does not hold what was written: %s instead of %s", sum, i.SHA256)
	}
	return nil
}
