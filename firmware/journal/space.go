package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// freeSpace asks the kernel what an unprivileged process may still write.
func freeSpace(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("cannot read the free space of %s: %w", dir, err)
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil
}

// gate answers ErrFull unless least bytes are free.
func (o Options) gate(least int64) error {
	if least <= 0 {
		return nil
	}
	free, err := o.FreeSpace(o.Dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	if free < uint64(least) {
		return fmt.Errorf("%w: %d bytes free, %d needed", ErrFull, free, least)
	}
	return nil
}

// Thresholds of the gate, from generous to bare.
func (o Options) forMoney() int64   { return o.ReserveBytes + o.ReserveBytes/2 }
func (o Options) forRecords() int64 { return o.ReserveBytes }
func (o Options) forIndex() int64   { return o.ReserveBytes / 2 }  // Badger dies of a full disk
func (o Options) forUpkeep() int64  { return o.ReserveBytes / 16 } // a new segment takes less

func (o Options) ballastPath() string { return filepath.Join(o.Dir, "ballast") }

// makeRoom gives the ballast up where records would be refused, and says whether
// there is space for upkeep then.
func (o Options) makeRoom() error {
	if o.gate(o.forRecords()) != nil {
		o.giveUpBallast()
	}
	return o.gate(o.forUpkeep())
}

// giveUpBallast says whether there was any.
func (o Options) giveUpBallast() bool {
	err := os.Remove(o.ballastPath())
	if err == nil {
		o.Logger.Warn("journal: disk is full, ballast given up")
	} else if !errors.Is(err, fs.ErrNotExist) {
		o.Logger.Error("journal: cannot give the ballast up", "err", err)
	}
	return err == nil
}

// refill makes the ballast where it is missing and there is space to spare.
func (o Options) refill() error {
	if o.BallastBytes == 0 {
		return nil
	}
	path := o.ballastPath()
	if fi, err := os.Stat(path); err == nil && fi.Size() >= o.BallastBytes {
		return nil
	}
	if o.gate(o.forMoney()+o.BallastBytes) != nil {
		return nil
	}
	if err := allocate(path, o.BallastBytes); err != nil {
		return errors.Join(fmt.Errorf("cannot make the ballast: %w", err), os.Remove(path))
	}
	return nil
}

// allocate makes a file whose blocks are taken, not only its length.
func allocate(path string, size int64) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	err = unix.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, unix.EOPNOTSUPP) {
		err = fill(f, size)
	}
	if err != nil {
		return err
	}
	return f.Sync()
}

func fill(f *os.File, size int64) error {
	zero := make([]byte, 64<<10)
	for at := int64(0); at < size; {
		n, err := f.WriteAt(zero[:min(size-at, int64(len(zero)))], at)
		if err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}
