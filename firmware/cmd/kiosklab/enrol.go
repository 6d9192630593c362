package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"text/template"

	"wattkiosk/firmware/config"
)

// enrol makes the lab's kiosk known to head office, once, with the tools that a
// technician has: a one-time token, and kioskctl.
func (l *lab) enrol(ctx context.Context) error {
	books := l.at.path("kiosk", "books")
	was, err := os.ReadFile(books)
	if err == nil && string(was) != l.opt.db {
		return fmt.Errorf("this lab's kiosk is known to other books (--db %s); take another --dir for these", orDefault(string(was)))
	}

	if _, err := os.Stat(l.at.enrolled()); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}

	token, err := tool(ctx, l.programs.officed, append([]string{"enrol-token", kioskID}, l.officeFlags()...)...)
	if err != nil {
		return fmt.Errorf("cannot get an enrolment token: %w", err)
	}

	_, err = tool(ctx, l.programs.kioskctl, "enrol", "--office", strings.TrimRight(l.places.Office, "/"),
		"--token", strings.TrimSpace(token), "--kiosk", kioskID, "--out", l.at.kiosk())
	if err != nil {
		return fmt.Errorf("cannot enrol the kiosk: %w", err)
	}

	if err := os.WriteFile(books, []byte(l.opt.db), 0o600); err != nil {
		return fmt.Errorf("cannot keep the enrolment: %w", err)
	}

	return nil
}

func orDefault(db string) string {
	if db == "" {
		return "not given"
	}
	scheme, _, _ := strings.Cut(db, ":") // the rest may hold a password
	return scheme + ":…"
}

// tool runs a program to its end and returns what it printed.
func tool(ctx context.Context, path string, args ...string) (string, error) {
	var out, errs strings.Builder
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w: %s", err, strings.TrimSpace(errs.String()))
	}
	return out.String(), nil
}

var kioskToml = template.Must(template.New("kiosk.toml").Parse(`# Written by kiosklab at each start.
kiosk       = {{printf "%q" .Kiosk}}
incarnation = {{.Incarnation}}
board       = "sim"
board_dir   = {{printf "%q" .Dir}}
state_dir   = {{printf "%q" .State}}
run_dir     = {{printf "%q" .Run}}
screen_addr = {{printf "%q" .Screen}}
profile     = {{printf "%q" .Profile}}
policy_key  = {{printf "%q" .PolicyKey}}

[site]
utility = "示范供电公司"
name    = "建设路营业厅"
address = "示范市建设路1号"

[uplink]
broker = {{printf "%q" .Broker}}
{{- with .BundlesPort}}
ports  = [{{.}}]
{{- end}}
{{- if .TLS}}
ca     = {{printf "%q" .CA}}
cert   = {{printf "%q" .Cert}}
key    = {{printf "%q" .Key}}
{{- end}}

[qr]
enabled = true
{{- if .Merchant}}

[card]
enabled       = true
terminal      = {{printf "%q" .Kiosk}}
merchant      = {{printf "%q" .Merchant}}
merchant_name = "WATTKIOSK LAB"
master_slot   = 0 # of the pad, which was in the secure room; a sign-in fills the others
pin_slot      = 1
mac_slot      = 2
voids_by_number = true
posts         = {{printf "%q" .CardPosts}}
{{- end}}

[journal]
key_file = {{printf "%q" .JournalKey}}

[devices.validator]
driver = {{printf "%q" .Validator}}
[devices.card]
driver = {{printf "%q" .Reader}}
{{- if eq .Reader "pcsc"}}
port   = "{{.Dir}}/dev/card" # the simulated daemon's socket
{{- end}}
{{- if .Library}}
settings.library = {{printf "%q" .Library}}
settings.host    = {{printf "%q" .Maker.Host}}
{{- end}}
{{- if eq .Reader "crt571"}}
settings.tracks = true # the simulated one has magnetic heads
{{- end}}
[devices.meter_card]
{{- if .Maker.Description}}
driver = "vendor"
mode   = "library"
settings.library = {{printf "%q" .Maker.Description}}
settings.host    = {{printf "%q" .Maker.Host}}
{{- else}}
driver = {{printf "%q" .MeterReader}}
port   = "{{.Dir}}/dev/meter-card"
{{- end}}
{{- if eq .MeterReader "pcsc"}}
settings.memory = "acr" # the simulated one works memory cards
{{- end}}
[devices.pinpad]
driver = {{printf "%q" .Pinpad}}
[devices.scanner]
driver = "wedge"
[devices.invoice]
driver = "escpos"
settings.form_lines = 66
[devices.meter]
driver = "dlt645"
`))

// merchant is the number under which the bank knows the kiosk's utility; empty where no
// card of the drawer can get into the reader, which is a maker's own.
func (l *lab) merchant() string {
	if l.opt.reader == vendorReader {
		return ""
	}
	return merchant()
}

// configure writes kiosk.toml, which is checked here so that a mistake is
// reported before the kiosk is started.
func (l *lab) configure(screen, brokerScheme string) error {
	known, err := config.Load([]string{l.at.enrolled()}, nil, nil)
	if err != nil {
		return fmt.Errorf("cannot read the enrolment: %w", err)
	}

	bundles, err := url.Parse(l.places.Bundles)
	if err != nil {
		return fmt.Errorf("cannot tell the port of the bundles: %w", err)
	}

	var b strings.Builder
	err = kioskToml.Execute(&b, map[string]any{
		"Kiosk": kioskID, "Incarnation": known.Incarnation, "Dir": l.at.dir, "State": l.at.path("kiosk", "state"), "Run": l.at.path("kiosk", "run"),
		"Screen": screen, "Profile": l.opt.profile, "PolicyKey": known.PolicyKey,
		"Broker": brokerScheme + "://" + l.line.addr(), "TLS": brokerScheme == "tls", "BundlesPort": bundles.Port(),
		"CA": known.Uplink.CA, "Cert": known.Uplink.Cert, "Key": known.Uplink.Key,
		"JournalKey": l.at.path("kiosk", "journal.key"), "Validator": l.opt.validator, "Reader": l.opt.reader, "MeterReader": l.opt.meterReader, "Pinpad": l.opt.pinpad, "Library": l.opt.library,
		"Merchant": l.merchant(), "CardPosts": l.opt.cardPosts, "Maker": l.maker,
	})
	if err != nil {
		return err
	}

	if err := os.WriteFile(l.at.kioskToml(), []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("cannot write the kiosk's configuration: %w", err)
	}

	if _, err := config.Load([]string{l.at.kioskToml()}, nil, nil); err != nil {
		return fmt.Errorf("the kiosk cannot be configured so: %w", err)
	}

	return nil
}
