package flash

import (
	"bytes"
	"context"
	"io"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
)

// HeadSize is how many bytes at the beginning of the target are written last.
const HeadSize = 1 << 20

// maxEnd bounds where a boot partition may end that files are put onto: up to
// there the image is held in memory.
const maxEnd = 64 << 20

// Order is what is to be flashed.
type Order struct {
	Bundle    *bundle.Bundle // opened with Trust.Disk
	Board     string         // the board it must be for; "" is any
	Size      int64          // bytes of the target
	Floor     uint64         // lowest build that it takes (Holding); 0 is any
	Enrolment *Enrolment     // nil: the board waits for one
	Site      *Site          // nil: the board has none
	Console   *Console       // nil: nobody logs in on its serial console
	IDs       io.Reader      // randomness for the UUIDs of disk and partitions; nil keeps the image's
}

// Plan is what will be on a target. It can be carried out again and again, with the
// same outcome.
type Plan struct {
	bd      *bundle.Bundle
	disk    manifest.Payload
	install bundle.Plan
	size    int64
	head    []byte  // HeadSize bytes
	tail    []byte  // backupSize bytes, for the target's end
	patches []patch // what differs from the image, the head and the tail apart
}

// patch is what stands in an image's place.
type patch struct {
	at   int64
	data []byte
}

// onto changes what lies at a place of the disk, as far as the patch reaches there. It
// never changes data itself.
func (p patch) onto(data []byte, at int64) []byte {
	from, to := max(at, p.at), min(at+int64(len(data)), p.at+int64(len(p.data)))
	if from >= to {
		return data
	}
	data = bytes.Clone(data)
	copy(data[from-at:to-at], p.data[from-p.at:])
	return data
}

// Prepare checks a bundle whole, and that it can be put onto a target of that size. It
// writes nothing. A refusal is a *bundle.Error.
func Prepare(ctx context.Context, o Order) (*Plan, error) {
	p, err := check(o)
	if err != nil {
		return nil, err
	}
	if p.install, err = o.Bundle.Plan(p.disk, nil); err != nil {
		return nil, err
	}
	if err := o.Bundle.Verify(ctx); err != nil {
		return nil, err
	}
	begin, err := p.begin(ctx, HeadSize)
	if err != nil {
		return nil, err
	}
	t, ok := parseTable(begin)
	if !ok || t.sectors() != p.disk.Size/sector {
		return nil, refuse(BadImage, "the image in the bundle has no partition table of its own size")
	}
	// The copy at the image's end goes, until all else was read back.
	p.patches = append(p.patches, patch{p.disk.Size - backupSize, make([]byte, backupSize)})
	boot, _ := t.find(bootName)
	t.grow(p.size / sector)
	if o.IDs != nil {
		if err := t.name(o.IDs); err != nil {
			return nil, err
		}
	}
	p.head, p.tail = append(bytes.Clone(t.b), begin[primarySize:]...), t.backup()
	if files := o.files(); len(files) > 0 {
		return p, p.equip(ctx, boot, files)
	}
	return p, nil
}

// files are those for the boot partition.
func (o Order) files() (files []file) {
	if o.Enrolment != nil {
		files = append(files, file{enrolFile, o.Enrolment.text()})
	}
	if o.Site != nil {
		files = append(files, file{siteFile, o.Site.text})
	}
	if o.Console != nil {
		files = append(files, file{consoleFile, o.Console.text()})
	}
	return files
}

// check is what the manifest alone can tell.
func check(o Order) (*Plan, error) {
	m := o.Bundle.Manifest()
	d, ok := o.Bundle.Payload(manifest.Disk)
	switch {
	case !ok:
		return nil, refuse(NoDisk, "the bundle has no disk in it: it is an update of a running board")
	case o.Board != "" && o.Board != m.Board:
		return nil, refuse(WrongBoard, "the bundle is for board %s, not %s", m.Board, o.Board)
	case m.Build < o.Floor:
		return nil, refuse(BelowFloor, "build %d is older than %d, the oldest that the board on the target accepts", m.Build, o.Floor)
	case d.Size%sector != 0 || d.Size < HeadSize+backupSize:
		return nil, refuse(BadImage, "the image in the bundle has %d bytes", d.Size)
	case o.Size < d.Size || o.Size%sector != 0:
		return nil, refuse(TooSmall, "the image has %d bytes, the target %d", d.Size, o.Size)
	}
	return &Plan{bd: o.Bundle, disk: d, size: o.Size}, nil
}

// begin is the beginning of the image.
func (p *Plan) begin(ctx context.Context, size int64) ([]byte, error) {
	r, err := p.bd.Reader(ctx, p.disk)
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	_, err = io.ReadFull(r, b)
	return b, err
}

// equip puts files onto the boot partition.
func (p *Plan) equip(ctx context.Context, boot part, files []file) error {
	from, to := int64(boot.first)*sector, int64(boot.last+1)*sector
	if boot.name == "" || from < HeadSize || to > maxEnd {
		return refuse(Enrolling, "the image has no partition %s that a file can be put onto", bootName)
	}
	b, err := p.begin(ctx, to)
	if err != nil {
		return err
	}
	fat, err := putFiles(b[from:], files, p.bd.Manifest().Created)
	if err != nil {
		return err
	}
	p.patches = append(p.patches, patch{from, fat})
	return nil
}

// Size is how many bytes the image has.
func (p *Plan) Size() int64 { return p.disk.Size }
