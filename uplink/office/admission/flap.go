package admission

import (
	"crypto/x509"
	"fmt"
	"slices"
	"sync"
	"time"

	"wattkiosk/uplink/office/identity"
)

// When take-overs look like two boards with one key. A kiosk whose line breaks takes over
// from its own connection that nobody has ended yet, and hears of the break after 30 seconds
// at the soonest; one whose address changes does not come back to the old one at once.
const (
	flapWindow  = 10 * time.Minute
	maxReturns  = 3  // that a place is taken back by who had it before
	maxTakeover = 12 // take-overs of whatever kind
	maxKept     = 16 // take-overs of a kiosk
	tellAgain   = 10 * time.Minute
)

// visitor is where a connection comes from, and by which key.
type visitor struct{ host, key string }

type takeover struct {
	at            time.Time
	before, after visitor
}

// flaps are the last take-overs by kiosk, and when a case was last asked for.
type flaps struct {
	mu   sync.Mutex
	of   map[string][]takeover
	told map[string]time.Time
}

func newFlaps() flaps { return flaps{of: map[string][]takeover{}, told: map[string]time.Time{}} }

// TakenOver takes that one connection of a kiosk took another's place.
func (d *Desk) TakenOver(kiosk, hostBefore string, before *x509.Certificate, hostNow string, now *x509.Certificate) {
	t := takeover{d.cfg.Now(), visitorOf(hostBefore, before), visitorOf(hostNow, now)}
	if text := d.flaps.note(kiosk, t); text != "" {
		d.suspect(kiosk, text)
	}
}

func visitorOf(host string, leaf *x509.Certificate) visitor {
	return visitor{host, identity.Fingerprint(string(leaf.RawSubjectPublicKeyInfo))}
}

// note keeps a take-over, and says what is wrong; empty for nothing.
func (f *flaps) note(kiosk string, t takeover) string {
	f.mu.Lock()
	defer f.mu.Unlock()

	all := slices.DeleteFunc(append(f.of[kiosk], t), func(o takeover) bool { return t.at.Sub(o.at) >= flapWindow || o.at.After(t.at) })
	if len(all) > maxKept {
		all = all[len(all)-maxKept:]
	}
	f.of[kiosk] = all

	returns := 0
	for n := 1; n < len(all); n++ {
		if all[n].after == all[n-1].before && all[n].after != all[n].before {
			returns++
		}
	}
	switch {
	case returns >= maxReturns:
		return fmt.Sprintf("two connections take each other's place: from %s with key %s, and from %s with key %s", t.before.host, t.before.key, t.after.host, t.after.key)
	case len(all) >= maxTakeover:
		return fmt.Sprintf("%d connections took the place of another within %s, the last from %s with key %s", len(all), flapWindow, t.after.host, t.after.key)
	}

	return ""
}

// tell reports whether a case is to be asked for now: the same is said once in a while.
func (f *flaps) tell(kiosk string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if last, had := f.told[kiosk]; had && now.Sub(last) < tellAgain && !now.Before(last) {
		return false
	}
	f.told[kiosk] = now

	return true
}
