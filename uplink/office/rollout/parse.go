package rollout

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"wattkiosk/uplink/wire"
)

// ParseWave reads a wave as people write it: "5%", or kiosks with commas or
// spaces between them.
func ParseWave(who string, soak time.Duration) (Wave, error) {
	w := Wave{SoakMinutes: int(soak / time.Minute)}
	if percent, is := strings.CutSuffix(strings.TrimSpace(who), "%"); is {
		n, err := strconv.Atoi(strings.TrimSpace(percent))
		if err != nil || n < 1 || n > 100 {
			return Wave{}, fmt.Errorf("%w: wave %.80q: want 1%% to 100%%", ErrSpec, who)
		}
		w.Percent = n
		return w, nil
	}
	if w.Kiosks = Names(who); len(w.Kiosks) == 0 {
		return Wave{}, fmt.Errorf("%w: wave: want a percentage or kiosks", ErrSpec)
	}
	return w, nil
}

// Names splits a list of names at commas and white space.
func Names(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return r == ',' || r == '，' || r == '、' || r == ' ' || r == '\t' || r == '\r' || r == '\n'
	})
}

// ParseWindow reads two times of day, hh:mm.
func ParseWindow(from, to string) (wire.Window, error) {
	a, err := time.Parse("15:04", from)
	if err != nil {
		return wire.Window{}, fmt.Errorf("%w: window: from %.20q: want hh:mm", ErrSpec, from)
	}
	b, err := time.Parse("15:04", to)
	if err != nil {
		return wire.Window{}, fmt.Errorf("%w: window: to %.20q: want hh:mm", ErrSpec, to)
	}
	return wire.Window{From: a.Hour()*60 + a.Minute(), To: b.Hour()*60 + b.Minute()}, nil
}
