package technician

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
)

// checkRoot reads the running root whole, after the start. One that cannot be read is
// given up at the next start, which is asked for as soon as no customer is served.
func (t *tool) checkRoot(ctx context.Context) error {
	b, err := t.board()
	if err != nil {
		return err
	}
	root, err := os.Open(filepath.Join(slot.Links, "root"))
	if err != nil {
		return err
	}
	defer root.Close()
	read := update.ReadRoot(ctx, root)
	if read != nil && !errors.Is(read, update.ErrRoot) {
		return read
	}
	if err := b.LockWithin(ctx); err != nil {
		return err
	}
	err = errors.Join(read, b.EndStart(read == nil), b.Unlock())
	if err == nil {
		fmt.Fprintln(t.out, "the root is the one that was signed")
	}
	if errors.Is(err, update.ErrRoot) {
		return errors.Join(err, t.rebootWhenQuiet(ctx))
	}
	return err
}
