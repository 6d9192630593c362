package visit

import (
	"time"

	"wattkiosk/firmware/page"
)

// Collecting shows the two who take the cash out where their collection stands.
func Collecting(s State, at page.Screen, now time.Time) State {
	if s.Screen == at {
		return s.Changed()
	}

	return s.show(at, now)
}
