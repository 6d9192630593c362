package technician

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/control"
	"wattkiosk/firmware/peripherals"
	"wattkiosk/firmware/support"
	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/ota/update"
	"wattkiosk/payments/receipt"
)

func supportCommand(t *tool) *cobra.Command {
	var file string
	cmd := &cobra.Command{Use: "support-bundle", Short: "writes what somebody far away needs to help, without secrets, into a ZIP file", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
		cfg, bad := t.config()
		now := t.now()
		if file == "" {
			file = fmt.Sprintf("support-%s-%s.zip", cmp.Or(cfg.Kiosk, "unknown"), now.UTC().Format("20060102T150405Z"))
		}
		made, err := support.Write(c.Context(), file, cfg.Kiosk, now, supportParts(t, cfg, bad))
		if err != nil {
			return err
		}

		return t.print(struct {
			File string `json:"file"`
			support.Bundle
		}{file, made}, func(w io.Writer) { showSupport(w, file, made) })
	}}
	cmd.Flags().StringVar(&file, "out", "", "the file, which must not be there yet (support-KIOSK-TIME.zip here)")

	return cmd
}

func showSupport(w io.Writer, file string, made support.Bundle) {
	fmt.Fprintln(w, file)
	for _, p := range made.Parts {
		switch {
		case p.Error != "":
			fmt.Fprintf(w, "  %-16s missing: %s\n", p.Name, p.Error)
		case p.Cut:
			fmt.Fprintf(w, "  %-16s the last %d bytes of it\n", p.Name, p.Bytes)
		default:
			fmt.Fprintf(w, "  %-16s %d bytes\n", p.Name, p.Bytes)
		}
	}
}

// supportParts are the parts of a bundle; bad is what is wrong with the settings. What the
// settings are is none of them.
func supportParts(t *tool, cfg config.Config, bad error) []support.Part {
	var status control.Status

	return []support.Part{
		{Name: "settings.json", Get: func(context.Context) (any, error) {
			return map[string]bool{"good": true}, errors.Join(bad, peripherals.Check(cfg.Devices))
		}},
		{Name: "versions.json", Get: func(ctx context.Context) (any, error) { return versionsOf(ctx, t), nil }},
		{Name: "status.json", Get: func(ctx context.Context) (any, error) { return &status, ask(ctx, cfg, "/status", &status) }},
		{Name: "conditions.json", Get: func(context.Context) (any, error) { return conditionsOf(status) }},
		{Name: "devices.json", Get: func(ctx context.Context) (any, error) {
			var devices []peripherals.Health
			return &devices, ask(ctx, cfg, "/devices", &devices)
		}},
		{Name: "journal.json", Get: func(ctx context.Context) (any, error) { return journalVerdict(ctx, cfg) }},
		{Name: "log.txt", Get: func(ctx context.Context) (any, error) {
			if t.dir != "" {
				return nil, errors.New("a lab keeps none: kiosklab prints it")
			}
			return support.SystemLog(ctx)
		}},
	}
}

// versions is what runs on this machine.
type versions struct {
	Tool    string          `json:"kioskctl"`
	Machine string          `json:"machine"`
	Release *update.Release `json:"release,omitempty"` // of the image; none in a lab
	Agent   *agentapi.State `json:"update_agent,omitempty"`
}

func versionsOf(ctx context.Context, t *tool) versions {
	v := versions{Tool: t.version, Machine: runtime.GOOS + "/" + runtime.GOARCH, Agent: t.agentState(ctx)}
	if b, err := t.board(); err == nil {
		v.Release = &b.Release
	}

	return v
}

// conditionSaid is a condition with its words.
type conditionSaid struct {
	Code   string `json:"code"`
	Blocks bool   `json:"blocks"`
	Words  string `json:"words"`
}

// conditionsOf are those of a running kiosk.
func conditionsOf(s control.Status) ([]conditionSaid, error) {
	if s.Kiosk == "" {
		return nil, errDown
	}

	out := []conditionSaid{}
	for i, code := range append(append([]string{}, s.Blocks...), s.Warnings...) {
		out = append(out, conditionSaid{Code: code, Blocks: i < len(s.Blocks), Words: condition.Text(receipt.English, condition.Code(code))})
	}

	return out, nil
}
