package settle

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// unreported are the kiosks that have not reported all of a date that ended at end, each with
// why, by number: see the package comment.
func unreported(ctx context.Context, tx OursTx, end time.Time) ([]string, error) {
	kiosks, err := tx.Kiosks(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read kiosks: %w", err)
	}
	journals, err := tx.Journals(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read journals: %w", err)
	}
	of := map[string]books.Journal{}
	for _, j := range journals {
		of[j.Kiosk] = j
	}

	var out []string
	for _, k := range kiosks {
		if why := lacks(k, of[k.ID], end); why != "" {
			out = append(out, "kiosk "+k.ID+": "+why)
		}
	}
	return out, nil
}

// lacks says why a kiosk may still have records of before end; empty if it has none.
func lacks(k fleet.Kiosk, j books.Journal, end time.Time) string {
	var last wire.State
	switch {
	case k.EnrolledAt >= stored.Millis(end):
		return ""
	case k.SeenAt == 0 && j.Head.Seq == 0:
		return "" // enrolled, and never there
	case j.Broken:
		return "its journal does not follow"
	case j.GapSince != 0:
		return "records of its journal are missing"
	case k.ReportedAt < stored.Millis(end):
		return "not heard since the end of the date"
	case json.Unmarshal([]byte(k.Report), &last) != nil:
		return "its last word cannot be read"
	case last.Head > j.Head.Seq:
		return fmt.Sprintf("%d records are on their way", last.Head-j.Head.Seq)
	}
	return ""
}

// Heard is when the kiosk spoke for itself that has been silent for longest, of those that are
// online; zero if none is.
func (r *Room) Heard(ctx context.Context) (time.Time, error) {
	return stored.View(ctx, r.b, func(tx Tx) (at time.Time, err error) {
		kiosks, err := tx.Kiosks(ctx)
		for _, k := range kiosks {
			if heard := time.UnixMilli(k.ReportedAt); k.Online && (at.IsZero() || heard.Before(at)) {
				at = heard
			}
		}
		return at, err
	})
}
