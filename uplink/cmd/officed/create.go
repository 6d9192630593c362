package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/store"
)

func createCommand(o *options) *cobra.Command {
	spec := rollout.Defaults()
	var user, window string
	var waves []string
	cmd := &cobra.Command{
		Use: "create", Short: "Make a draft of a rollout; another person starts it", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			from, to, _ := strings.Cut(window, "-")
			if spec.Window, err = rollout.ParseWindow(from, to); err != nil {
				return err
			}
			if len(waves) > 0 {
				if spec.Waves, err = parseWaves(waves); err != nil {
					return err
				}
			}
			return orderedBy(cmd, o, user, people.Roll, func(books *store.Store) error {
				sum, err := takeBundle(cmd.Context(), o, books, spec.Bundle, user)
				if err != nil {
					return err
				}
				final := spec
				final.Bundle = sum
				r, err := books.CreateRollout(cmd.Context(), final, user, time.Now())
				if err == nil {
					fmt.Fprintln(cmd.OutOrStdout(), r.ID)
				}
				return err
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&user, "user", "", "who creates it; may not start it")
	f.StringVar(&spec.Title, "title", "", "what people call it")
	f.StringVar(&spec.Bundle, "bundle", "", "file of the bundle, or the SHA-256 of one that is there")
	f.StringSliceVar(&spec.Groups, "group", nil, "groups of kiosks (default: every kiosk)")
	f.StringArrayVar(&waves, "wave", nil, "5%/24h or 10000001,10000002/2h: who, and how long it soaks; one for each wave (default: 5%/24h 25%/24h 100%/1h)")
	f.StringVar(&window, "window", "01:00-05:00", "local time in which kiosks may restart")
	f.IntVar(&spec.Gate.MinSuccess, "min-success", spec.Gate.MinSuccess, "percent of kiosks that must be good after a wave")
	f.IntVar(&spec.Gate.MaxFailures, "max-failures", spec.Gate.MaxFailures, "kiosks that may fail before it stops")
	f.IntVar(&spec.Gate.MaxSilent, "max-silent", spec.Gate.MaxSilent, "kiosks that may fall silent before it stops")
	f.IntVar(&spec.Gate.SilentMinutes, "silent-minutes", spec.Gate.SilentMinutes, "after how long without a word a kiosk is silent")
	f.IntVar(&spec.JitterSeconds, "jitter", spec.JitterSeconds, "seconds over which kiosks spread their downloads")
	f.Int64Var(&spec.BytesPerSecond, "rate", spec.BytesPerSecond, "bytes per second of one kiosk; 0 is no limit")
	f.IntVar(&spec.JobHours, "hours", spec.JobHours, "hours that a kiosk has from being told")
	f.IntVar(&spec.MaxInFlight, "in-flight", spec.MaxInFlight, "kiosks at the same time; 0 is the whole wave")
	f.BoolVar(&spec.AutoRollback, "auto-rollback", spec.AutoRollback, "if the gate breaks, also send back who has the new build")
	return cmd
}

// parseWaves reads waves as they are written on a command line.
func parseWaves(texts []string) ([]rollout.Wave, error) {
	out := make([]rollout.Wave, len(texts))
	for i, text := range texts {
		who, soak, _ := strings.Cut(text, "/")
		d, err := time.ParseDuration(soak)
		if err == nil {
			out[i], err = rollout.ParseWave(who, d)
		}
		if err != nil {
			return nil, cmdline.Usage("--wave %.80q: %w", text, err)
		}
	}
	return out, nil
}
