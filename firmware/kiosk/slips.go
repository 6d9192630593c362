package kiosk

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
	"wattkiosk/payments/receipt"
)

// slips is the printer, and what slips say about this machine.
type slips struct {
	printer printer.Status
	backBy  time.Time // until then a printer that says nothing may still come up with the machine, or come back
	kiosk   receipt.Kiosk
}

// awaited reports whether the printer may be there in a moment: it is on its way up after the
// kiosk's own start, or has only just fallen silent. A slip waits for it.
func (s slips) awaited(now time.Time) bool {
	return s.printer.State != hal.DeviceOnline && now.Before(s.backBy)
}

// heard takes how the printer is.
func (s *slips) heard(status printer.Status, now time.Time) {
	if s.printer.State == hal.DeviceOnline && status.State != hal.DeviceOnline {
		s.backBy = now.Add(printerPatience)
	}
	s.printer = status
}

func slipsOf(cfg Config, now time.Time) slips {
	return slips{backBy: now.Add(printerPatience), kiosk: receipt.Kiosk{
		Terminal: cfg.Terminal, Utility: cfg.Utility, Site: cfg.Site, Place: cfg.Place, Hotline: cfg.Hotline, Zone: cfg.Zone, Fleet: cfg.Fleet,
	}}
}

func jobID(serial string, copyNo int) string { return fmt.Sprintf("%s/%d", serial, copyNo) }

// jobOf takes the id of a job apart; false for an id that jobID did not make.
func jobOf(id string) (serial string, copyNo int, ok bool) {
	serial, number, _ := strings.Cut(id, "/")
	copyNo, err := strconv.Atoi(number)

	return serial, copyNo, err == nil && copyNo >= 1
}

// Page turns a slip into printer-neutral lines.
func Page(s receipt.Slip) printer.Page {
	var p printer.Page
	for _, l := range s.Lines {
		out := printer.Line{Label: l.Label, Value: l.Value}
		if l.Label == "" {
			out.Text, out.Value = l.Value, ""
		}
		switch l.Style {
		case receipt.Title:
			out.Align, out.Large, out.Bold = printer.Centre, true, true
		case receipt.Centred:
			out.Align = printer.Centre
		case receipt.Strong:
			out.Bold = true
		case receipt.Rule:
			out = printer.Line{Rule: true}
		case receipt.Code:
			out = printer.Line{QR: l.Value, Align: printer.Centre}
		}
		p.Lines = append(p.Lines, out)
	}
	return p
}
