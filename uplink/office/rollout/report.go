package rollout

import (
	"fmt"
	"strings"
	"time"

	"wattkiosk/uplink/wire"
)

// Report is a rollout as it stands, kiosk by kiosk.
type Report struct {
	Rollout Rollout       `json:"rollout"`
	Waves   []WaveReport  `json:"waves"`
	Kiosks  []KioskReport `json:"kiosks"` // in the order of their jobs
	May     []Act         `json:"may"`    // acts that the state allows
}

// WaveReport is how far a wave is.
type WaveReport struct {
	Wave  int   `json:"wave"` // from 1
	Open  bool  `json:"open"` // its jobs may be sent, or were
	Tally Tally `json:"tally"`
}

// KioskReport is how far a kiosk is. Times are Unix ms, 0 for none.
type KioskReport struct {
	Kiosk      string     `json:"kiosk"`
	Wave       int        `json:"wave"` // from 1
	Standing   Standing   `json:"standing"`
	Job        string     `json:"job"`
	Phase      wire.Phase `json:"phase"`
	Percent    int        `json:"percent"`
	Code       string     `json:"code"`
	Detail     string     `json:"detail"`
	From       uint64     `json:"from"`
	To         uint64     `json:"to"`
	Withdrawn  bool       `json:"withdrawn"`
	SentAt     int64      `json:"sent_at"`
	ReportedAt int64      `json:"reported_at"`
	Skip       Reason     `json:"skip"` // why it got no job

	Back           Standing   `json:"back"` // "" while nobody wants it back
	BackJob        string     `json:"back_job"`
	BackPhase      wire.Phase `json:"back_phase"`
	BackCode       string     `json:"back_code"`
	BackDetail     string     `json:"back_detail"`
	BackReportedAt int64      `json:"back_reported_at"`
	Stay           Reason     `json:"stay"` // why it was not sent back
}

// Report is how the rollout stands at now.
func (r Rollout) Report(now time.Time) Report {
	at, g := now.UnixMilli(), r.Spec.Gate
	rep := Report{Rollout: r, Waves: []WaveReport{}, Kiosks: []KioskReport{}, May: append([]Act{}, r.May()...)}
	for i := range r.Spec.Waves {
		rep.Waves = append(rep.Waves, WaveReport{Wave: i + 1, Open: r.StartedAt != 0 && i <= r.Wave, Tally: r.Count(at, i, i)})
	}
	for _, t := range r.Targets {
		k := KioskReport{
			Kiosk: t.Kiosk, Wave: t.Wave + 1, Standing: t.Standing(at, g), Job: t.Up.ID, Phase: t.Up.Phase, Percent: t.Up.Percent, Code: t.Up.Code,
			Detail: t.Up.Detail, From: t.Up.From, To: t.Up.To, Withdrawn: t.Up.Withdrawn, SentAt: t.Up.SentAt, ReportedAt: t.Up.ReportedAt, Skip: t.Skip,
			BackJob: t.Back.ID, BackPhase: t.Back.Phase, BackCode: t.Back.Code, BackDetail: t.Back.Detail, BackReportedAt: t.Back.ReportedAt, Stay: t.Stay,
		}
		if r.RolledBack && t.Up.Phase == wire.PhaseGood {
			k.Back = t.BackStanding(at, g)
		}
		rep.Kiosks = append(rep.Kiosks, k)
	}
	return rep
}

// Why is what is known of how a kiosk came to stand as it does, in one line.
func (k KioskReport) Why() string {
	var out []string
	for _, s := range []string{k.Code, k.Detail, k.Skip.String(), k.BackCode, k.BackDetail, k.Stay.String()} {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "; ")
}

// String is the reason in a few English words.
func (r Reason) String() string {
	switch r.Code {
	case "":
		return ""
	case WhyPerson:
		return fmt.Sprintf("by %s: %s", r.By, r.Note)
	case WhyFailures:
		return fmt.Sprintf("%d failed, %d were allowed", r.Have, r.Limit)
	case WhySilent:
		return fmt.Sprintf("%d are silent, %d were allowed", r.Have, r.Limit)
	case WhySuccess:
		return fmt.Sprintf("%d%% are good, %d%% were needed", r.Have, r.Limit)
	case WhySoaking:
		return "soaks until " + time.UnixMilli(r.Have).UTC().Format(time.RFC3339)
	case WhyUnseen:
		return fmt.Sprintf("waits: %d are not heard of, %d are allowed", r.Have, r.Limit)
	case WhyComplete:
		return "every wave has soaked"
	case WhyBack:
		return fmt.Sprintf("%d of %d went back (%s)", r.Have, r.Limit, r.Note)
	case SkipAlready:
		return "runs this build"
	case SkipNewer, StayMoved:
		return fmt.Sprintf("runs build %d", r.Have)
	case SkipBoard:
		return "is another board: " + r.Note
	case SkipGone:
		return "is not enrolled any more"
	case StayUnknown:
		return "did not say what it ran before"
	case StayOther:
		return fmt.Sprintf("its other slot holds build %d, not %d", r.Have, r.Limit)
	case StayContent:
		return "content has no other slot"
	}
	return string(r.Code)
}
