package voice

import (
	"context"
	"fmt"
	"os/exec"
	"time"
)

// Hours says how loud the kiosk speaks when. The quiet hours begin at From and end
// before To, both since midnight in Zone, across midnight where To is the earlier;
// where they are equal there are none.
type Hours struct {
	Loud, Quiet int // percent; 0 = nothing is said
	From, To    time.Duration
	Zone        *time.Location
}

// Volume is the volume in percent at an instant, and whether that is a quiet hour.
func (h Hours) Volume(now time.Time) (percent int, quiet bool) {
	now = now.In(h.Zone)
	at := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute + time.Duration(now.Second())*time.Second
	switch {
	case h.From < h.To:
		quiet = at >= h.From && at < h.To
	case h.From > h.To:
		quiet = at >= h.From || at < h.To
	}
	if quiet {
		return h.Quiet, true
	}
	return h.Loud, false
}

// Mixer is one control of an ALSA device, through alsa-utils' amixer.
type Mixer struct {
	Command string // amixer where empty
	Device  string // "default", "hw:0"
	Control string // "Master"
}

// Set sets the volume in percent of the control's range.
func (m Mixer) Set(ctx context.Context, percent int) error {
	command := m.Command
	if command == "" {
		command = "amixer"
	}
	cmd := exec.CommandContext(ctx, command, "-q", "-D", m.Device, "sset", m.Control, fmt.Sprintf("%d%%", percent))
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("cannot set the volume of %s on %s: %w", m.Control, m.Device, err)
	}
	return nil
}
