package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// maxPlace is the most characters of a site or an address, as in a kiosk's settings.
const maxPlace = 32

// ErrPlace says that a site or an address is not one line of at most 32 characters.
var ErrPlace = errors.New("place not valid")

// Place is where a kiosk stands. A text that is empty is not known.
type Place struct {
	Site    string `json:"site"` // the name of the place
	Address string `json:"address"`
}

// Trouble is how much a kiosk needs a look, by what it last said of itself.
type Trouble int64

// The troubles.
const (
	NoTrouble    Trouble = iota
	Warns                // something is wrong, and it goes on
	OutOfService         // it takes no customers
)

// Place is where the kiosk stands: as a person set it at head office, or else as the
// kiosk's own settings say.
func (k Kiosk) Place() Place {
	return Place{cmp.Or(k.Set.Site, k.Told.Site), cmp.Or(k.Set.Address, k.Told.Address)}
}

// heard is the kiosk with what its report says of its place and of its troubles. A report
// that cannot be read changes nothing.
func (k Kiosk) heard(report string) Kiosk {
	var st wire.State
	if json.Unmarshal([]byte(report), &st) != nil {
		return k
	}
	k.Told = Place{oneLine(st.Site), oneLine(st.Address)}
	switch {
	case st.Screen == "out-of-service":
		k.Trouble = OutOfService
	case len(st.Alarms) > 0 || st.Paper == "near-end" || st.Paper == "out":
		k.Trouble = Warns
	default:
		k.Trouble = NoTrouble
	}

	return k
}

// oneLine is a text of a kiosk, which may say anything, as one short line.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, stored.Text(s))
	if r := []rune(s); len(r) > maxPlace {
		s = string(r[:maxPlace])
	}

	return strings.TrimSpace(s)
}

// SetPlace has head office say where a kiosk stands, by a person; it goes before what the
// kiosk says. An empty text leaves that to the kiosk again. The act is in the audit log.
func (r *Registry) SetPlace(ctx context.Context, kiosk string, p Place, by string, now time.Time) (Kiosk, error) {
	p = Place{strings.TrimSpace(p.Site), strings.TrimSpace(p.Address)}
	for _, text := range []string{p.Site, p.Address} {
		if utf8.RuneCountInString(text) > maxPlace || text != oneLine(text) {
			return Kiosk{}, fmt.Errorf("%w: %.80q is not one line of at most %d characters", ErrPlace, text, maxPlace)
		}
	}

	var k Kiosk
	err := r.b.Update(ctx, func(tx Tx) (err error) {
		if k, err = tx.Kiosk(ctx, kiosk); err != nil {
			return err
		}
		k.Set, k.SetBy = p, by
		k.SetAt, k.UpdatedAt = stored.Millis(now), stored.Millis(now)
		if err := tx.PutKiosk(ctx, k); err != nil {
			return err
		}

		return tx.AddAudit(ctx, people.Audit{At: k.SetAt, User: by, Action: "set place", Object: kiosk, Reason: strings.TrimSpace(p.Site + " " + p.Address)})
	})
	return k, err
}

// Search narrows the kiosks. Limit is capped at stored.MaxList.
type Search struct {
	Text   string // in number, site or address; empty does not narrow
	Needy  bool   // only those that need a look: offline, or with something wrong
	Offset int
	Limit  int
}

// Found is a page of the kiosks that were searched for.
type Found struct {
	Kiosks []Kiosk // those that take no customers first, then who is offline, who warns, and the others; by id
	Total  int64
}

// Find is the kiosks that q lets through, without the heads of their journals.
func (r *Registry) Find(ctx context.Context, q Search) (Found, error) {
	q.Limit, q.Offset = stored.Limit(q.Limit), max(q.Offset, 0)
	return stored.View(ctx, r.b, func(tx Tx) (Found, error) { return tx.FindKiosks(ctx, q) })
}

// AlarmsOf are the alarms of these kiosks, by kiosk: those that are on, and of the other
// codes the last one that went off.
func (r *Registry) AlarmsOf(ctx context.Context, kiosks ...string) (map[string][]books.Alarm, error) {
	return stored.View(ctx, r.b, func(tx Tx) (map[string][]books.Alarm, error) {
		out := map[string][]books.Alarm{}
		if len(kiosks) == 0 {
			return out, nil
		}
		rows, err := tx.AlarmsOf(ctx, kiosks...)
		for _, a := range rows {
			out[a.Kiosk] = append(out[a.Kiosk], a)
		}

		return out, err
	})
}
