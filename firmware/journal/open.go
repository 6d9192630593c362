package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"wattkiosk/payments/record"
)

// Open opens a journal for writing, or makes it, and counts the boot. It takes over
// a journal of format 1. It verifies the identity, the last records and the head,
// and that the journal had not come further before. Errors: ErrLocked, ErrKey,
// ErrIdentity, ErrLost, ErrFull (there is no space for a new journal, or to take
// one over), ErrCorrupt (what is stored does not match; nothing was changed).
//
// Without space an existing journal opens all the same, and refuses what needs any;
// its boot is counted on disk with the first thing that it stores.
func Open(o Options) (*Journal, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("cannot open the journal: %w", err)
	}
	j := &Journal{opts: o, queue: make(chan *call, maxWaiting), turn: make(chan struct{}, 1)}
	if err := j.open(); err != nil {
		j.c = nil // nothing to remember
		return nil, fmt.Errorf("cannot open the journal in %s: %w", o.Dir, errors.Join(err, j.release()))
	}
	j.index.feed(j)
	return j, nil
}

func (j *Journal) open() (err error) {
	o := j.opts
	if err := makeDurable(o.Dir, o.disk); err != nil {
		return err
	}
	if j.lock, err = lockDir(o.Dir, false); err != nil {
		return err
	}
	short := o.makeRoom()
	if j.witness, err = openWitness(o.Dir, os.O_RDWR|os.O_CREATE); err != nil {
		return err
	}
	if err := o.migrate(); err != nil {
		return err
	}
	if err := makeDurable(o.logDir(), o.disk); err != nil {
		return err
	}
	j.log = &log{disk: o.disk, dir: o.logDir(), opts: o}
	if err := j.read(true); err != nil {
		return err
	}
	if err := j.checkMark(); err != nil {
		return err
	}
	if err := j.begin(short); err != nil {
		return err
	}
	j.dropSegments()
	j.remember()
	if err := o.refill(); err != nil {
		o.Logger.Warn("journal: no ballast", "err", err)
	}
	return nil
}

// makeDurable makes a folder whose name survives a power cut.
func makeDurable(dir string, d disk) error {
	if there, err := isDir(dir); err != nil || there {
		return err
	}
	if err := makeDurable(filepath.Dir(dir), d); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return d.syncDir(filepath.Dir(dir))
}

// read takes in what the log holds, with an index if one is wanted.
func (j *Journal) read(index bool) error {
	segs, err := j.log.segments()
	if err != nil {
		return err
	}
	if index {
		j.index = openIndex(j.opts, segs)
	}
	if len(segs) == 0 {
		genesis := record.Head{Hash: record.Genesis(j.opts.Kiosk, j.opts.Incarnation)}
		j.c = &contents{head: genesis, ack: genesis, anchor: genesis, state: map[string][]byte{}}
	} else if j.c, err = j.log.load(segs); err != nil {
		return err
	}
	j.segs, j.boot, j.lastRun = segs, j.c.boot, j.c.last.time()
	return j.checkWitness()
}

// checkWitness finds records that were reported durable and are gone.
func (j *Journal) checkWitness() error {
	if j.witness.f == nil {
		return nil
	}
	w, ok, err := j.witness.read()
	if err != nil || !ok || w.Seq < j.c.anchor.Seq {
		return err
	}
	if w.Seq > j.c.head.Seq {
		return fmt.Errorf("%w: the head is %d, but %d was durable", ErrCorrupt, j.c.head.Seq, w.Seq)
	}
	own, err := view{j, j.segs, j.c.anchor, j.c.head}.at(w.Seq)
	if err == nil && own != w {
		err = fmt.Errorf("hash %s, the witness says %s", own.Hash, w.Hash)
	}
	if err != nil {
		return fmt.Errorf("%w: record %d: %w", ErrCorrupt, w.Seq, err)
	}
	return nil
}

// begin gets ready to write, and counts the boot; short is why there is no space.
func (j *Journal) begin(short error) error {
	if err := j.log.dropFresh(); err != nil {
		return err
	}
	j.boot++
	if len(j.segs) == 0 && short != nil {
		return short
	}
	if err := j.takeUp(); err != nil {
		return err
	}
	j.bootDue = true
	if short != nil {
		j.opts.Logger.Warn("journal: opened without space", "err", short)
		return nil
	}
	at, err := j.write(entry{kind: entryBoot, value: binary.BigEndian.AppendUint32(nil, j.boot)}.append(nil))
	if err != nil {
		return fmt.Errorf("cannot count the boot: %w", err)
	}
	j.bootDue, j.c.boot, j.newest = false, j.boot, at
	if err := j.witness.write(j.c.head); err != nil {
		j.opts.Logger.Warn("journal: no witness", "err", err)
	}
	return nil
}

// takeUp goes on in the last segment, or after it where something was torn.
func (j *Journal) takeUp() error {
	if len(j.segs) == 0 {
		return nil
	}
	last := j.segs[len(j.segs)-1]
	j.newest = spot{0, last.body}
	if !j.c.torn {
		return j.log.resume(last, j.c.end)
	}
	j.opts.Logger.Warn("journal: cut off what was not written whole", "segment", last.number, "byte", j.c.end.at)
	return j.log.cutOff(last, j.c.end)
}

// lookBack reads the newest segment's header, the newest frame and the last record
// back from the disk.
func (j *Journal) lookBack() error {
	if err := j.writable(); err != nil {
		return err
	}
	err := j.view(func(v view) error {
		s := v.segs[len(v.segs)-1]
		now, err := readSegment(j.log.disk, s.path, j.opts)
		if err != nil {
			return err
		}
		if now.salt != s.salt || now.start != s.start {
			return fmt.Errorf("%w: segment %d is another", ErrCorrupt, s.number)
		}
		if err := j.readBack(now); err != nil || v.head == v.anchor {
			return err
		}
		r, err := v.record(v.head.Seq)
		if err != nil {
			return err
		}
		if _, sum, err := r.Sum(); err != nil || sum != v.head.Hash {
			return fmt.Errorf("%w: record %d is another: %w", ErrCorrupt, r.Seq, err)
		}
		return nil
	})
	if err != nil {
		return j.fail(fmt.Errorf("what was written is not there: %w", err))
	}
	return nil
}

func (j *Journal) readBack(s *segment) error {
	f, err := j.log.disk.open(s.path, false)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if _, _, err := s.codec.decode(&window{r: f}, j.newest.at, j.newest.number); err != nil {
		return fmt.Errorf("%w: frame %d at byte %d: %w", ErrCorrupt, j.newest.number, j.newest.at, err)
	}
	return nil
}
