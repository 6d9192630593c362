package update

import (
	"context"

	"wattkiosk/ota/bundle"
)

// Install stages a checked bundle and arms it: its trial begins at the next
// restart. By is who asked. On an error the boot state is as it was.
func (b *Board) Install(ctx context.Context, bd *bundle.Bundle, by string, progress func(Progress)) error {
	if err := b.Stage(ctx, bd, by, progress); err != nil {
		return err
	}
	return b.Arm(ctx, by)
}
