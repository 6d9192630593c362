package updater

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/ota/update"
	"wattkiosk/ota/usb"
)

// stickReport is what stays on a stick of a visit, as JSON and as text.
type stickReport struct {
	Kiosk   string           `json:"kiosk"`
	At      string           `json:"at"` // in the kiosk's zone
	Trusted bool             `json:"clock_trusted"`
	Version string           `json:"version"` // that ran
	Build   uint64           `json:"build"`
	Slot    string           `json:"slot"`
	Mode    string           `json:"mode"`
	By      string           `json:"by,omitempty"` // staff number; empty: nothing was chosen
	File    string           `json:"file,omitempty"`
	Result  string           `json:"result"` // installed, failed, nothing
	Code    string           `json:"code,omitempty"`
	Detail  string           `json:"detail,omitempty"`
	Offers  []agentapi.Offer `json:"offers"`
	History []update.Entry   `json:"history"`
	Log     []string         `json:"log"`
	at      time.Time
}

// maxLogLines bounds the log in a report.
const maxLogLines = 200

// stickReport puts together what happened at a stick.
func (a *Agent) stickReport(s *stick, by string, result error) stickReport {
	a.mu.Lock()
	now, known := a.moments.now()
	show, who := s.public(), a.who
	a.mu.Unlock()
	b := a.board
	r := stickReport{
		Kiosk: who.Kiosk, At: now.In(who.Zone).Format(time.RFC3339), Trusted: known, Version: b.Release.Version, Build: b.Release.Build,
		Slot: string(b.Running.Slot), Mode: string(b.Running.Mode), By: by, Result: "nothing", Offers: show.Offers, History: []update.Entry{}, Log: []string{}, at: now.In(who.Zone),
	}

	switch {
	case by != "" && result == nil:
		r.File, r.Result = show.File, "installed"
	case by != "":
		r.File, r.Result, r.Code, r.Detail = show.File, "failed", stickCode(result), detail(result.Error())
	}

	if list, err := b.History(); err == nil && list != nil {
		r.History = list
	}

	if a.cfg.Lines != nil {
		lines := a.cfg.Lines()
		r.Log = append(r.Log, lines[max(0, len(lines)-maxLogLines):]...)
	}

	return r
}

// text is the report for people.
func (r stickReport) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Wattkiosk update report\n\nkiosk    %s\ntime     %s%s\nruns     %s, build %d, slot %s (%s)\n", r.Kiosk, r.At, untrusted(r.Trusted), r.Version, r.Build, r.Slot, r.Mode)
	switch r.Result {
	case "installed":
		fmt.Fprintf(&b, "done     %s was installed by %s; it is tried at the restart that follows\n", r.File, r.By)
	case "failed":
		fmt.Fprintf(&b, "done     %s was chosen by %s and not installed (%s): %s\n         the kiosk runs what it ran before\n", r.File, r.By, r.Code, r.Detail)
	default:
		fmt.Fprint(&b, "done     nothing\n")
	}

	fmt.Fprint(&b, "\nOn the stick\n")
	for _, o := range r.Offers {
		fmt.Fprintf(&b, "  %s  %d bytes  %s (build %d) for %s, signed by %s\n", o.File, o.Size, o.Version, o.Build, o.Board, strings.Join(o.Signers, ", "))
		if o.Refused != "" {
			fmt.Fprintf(&b, "    refused (%s): %s\n", o.Refused, o.Detail)
		}
	}

	fmt.Fprint(&b, "\nUpdates of this kiosk\n")
	for _, e := range r.History {
		fmt.Fprintf(&b, "  %s  %s  %s -> %s (build %d) %s %s %s\n", e.At.Format(time.RFC3339), e.What, e.From, e.To, e.Build, e.By, e.Code, e.Detail)
	}

	fmt.Fprint(&b, "\nLog of the update agent\n")
	for _, line := range r.Log {
		fmt.Fprintf(&b, "  %s\n", line)
	}

	return b.String()
}

func untrusted(trusted bool) string {
	if trusted {
		return ""
	}
	return " (the clock is not trusted)"
}

// writeReport makes the stick writable for as long as the report takes.
func (a *Agent) writeReport(s *stick, by string, result error) (err error) {
	r := a.stickReport(s, by, result)
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}

	dir, unmount, err := a.cfg.Sticks.Mount(s.part, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unmount()) }()
	name := "report-" + cmp.Or(r.Kiosk, "new") + "-" + r.at.Format("20060102-150405")
	// Editors of other systems need the line ends and the mark of UTF-8.
	text := "\ufeff" + strings.ReplaceAll(r.text(), "\n", "\r\n")
	if _, err := usb.Write(dir, name, ".txt", []byte(text)); err != nil {
		return err
	}

	_, err = usb.Write(dir, name, ".json", data)
	return err
}
