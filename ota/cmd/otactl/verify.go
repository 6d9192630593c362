package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"aead.dev/minisign"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/fleetkey"
	"wattkiosk/ota/manifest"
)

// trusting is what a bundle is checked against.
type trusting struct {
	roots, fleet []string
	keyring      uint64
	at           string
}

func (t *trusting) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&t.roots, "root", nil, "a root key's .pub; may be repeated")
	f.StringArrayVar(&t.fleet, "fleet-key", nil, "a fleet key's .key, for encrypted bundles; may be repeated")
	f.Uint64Var(&t.keyring, "keyring-seen", 0, "version of the newest keyring that the board has seen")
	f.StringVar(&t.at, "at", "", "day to check for, as 2028-01-31; default: now")
}

func (t *trusting) trust() (bundle.Trust, error) {
	trust := bundle.Trust{KeyringVersion: t.keyring, Now: time.Now(), Disk: true}
	var err error
	if t.at != "" {
		if trust.Now, err = day("at", t.at); err != nil {
			return trust, err
		}
	}
	for _, path := range t.roots {
		key, err := minisign.PublicKeyFromFile(path)
		if err != nil {
			return trust, err
		}
		trust.Roots = append(trust.Roots, key)
	}
	for _, path := range t.fleet {
		key, err := fleetkey.ReadSecret(path)
		if err != nil {
			return trust, err
		}
		trust.Fleet = append(trust.Fleet, key)
	}
	return trust, nil
}

// with opens a bundle in a file.
func (t *trusting) with(path string, use func(b *bundle.Bundle, size int64) error) error {
	trust, err := t.trust()
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	b, err := bundle.Open(f, st.Size(), trust)
	if err != nil {
		return err
	}
	return use(b, st.Size())
}

// finding is what verify says in JSON.
type finding struct {
	OK       bool               `json:"ok"`
	Code     string             `json:"code,omitempty"`   // of a refusal
	Reason   string             `json:"reason,omitempty"` // of a failure
	Bytes    int64              `json:"bytes,omitempty"`
	Signers  []string           `json:"signers,omitempty"`
	Keyring  *bundle.Keyring    `json:"keyring,omitempty"`
	Roots    uint64             `json:"roots,omitempty"`  // set of root keys that it leads back to
	Locked   string             `json:"locked,omitempty"` // code, if it cannot be unpacked with the fleet keys given
	Manifest *manifest.Manifest `json:"manifest,omitempty"`
}

func verifyCommand() *cobra.Command {
	var t trusting
	var asJSON bool
	cmd := &cobra.Command{Use: "verify FILE", Short: "checks a bundle and shows what is in it", Args: onFile(1, "root"), RunE: func(c *cobra.Command, args []string) error {
		out := c.OutOrStdout()
		err := t.with(args[0], func(b *bundle.Bundle, size int64) error {
			if err := b.Verify(c.Context()); err != nil {
				return err
			}
			if asJSON {
				m, ring := b.Manifest(), b.Keyring()
				return json.NewEncoder(out).Encode(finding{
					OK: true, Bytes: size, Signers: b.Signers(), Keyring: &ring, Roots: b.Roots().Version, Locked: code(b.Locked()), Manifest: &m,
				})
			}
			show(out, b, size)
			return nil
		})
		if err != nil && asJSON && !errors.Is(err, cmdline.ErrUsage) {
			err = errors.Join(err, json.NewEncoder(out).Encode(finding{Code: code(err), Reason: err.Error()}))
		}
		return err
	}}
	t.flags(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "answer in JSON")
	return cmd
}

// code is the stable code of a refusal, or "".
func code(err error) string {
	if e, ok := errors.AsType[*bundle.Error](err); ok {
		return string(e.Code)
	}
	return ""
}

func show(w io.Writer, b *bundle.Bundle, size int64) {
	m, ring := b.Manifest(), b.Keyring()
	fmt.Fprintf(w, "%s build %d for board %s %s, %.1f MB\n", m.Version, m.Build, m.Board, m.Variant, float64(size)/1e6)
	fmt.Fprintf(w, "made %s, expires %s\n", m.Created.Format(time.DateTime), m.Expires.Format(time.DateTime))
	fmt.Fprintf(w, "signed by %s (%d needed)\n", strings.Join(b.Signers(), ", "), ring.Threshold)
	fmt.Fprintf(w, "keyring %d, expires %s; root keys: set %d\n", ring.Version, ring.Expires.Format(time.DateTime), b.Roots().Version)
	for _, k := range ring.Keys {
		fmt.Fprintf(w, "  %-12s %s to %s\n", k.Name, k.NotBefore.Format(time.DateOnly), k.NotAfter.Format(time.DateOnly))
	}
	fmt.Fprintf(w, "floor %d, data formats %d to %d, writes %d\n", m.Floor, m.Data.ReadsFrom, m.Data.Reads, m.Data.Writes)
	if m.Encryption != nil {
		fmt.Fprintf(w, "encrypted to %d fleet keys", len(m.Encryption.Keys))
		if err := b.Locked(); err != nil {
			fmt.Fprintf(w, "; cannot be unpacked here: %v", err)
		}
		fmt.Fprintln(w)
	}
	if m.Notes != "" {
		fmt.Fprintln(w, m.Notes)
	}
	for _, p := range m.Payloads {
		showPayload(w, p)
	}
	if _, disk := b.Payload(manifest.Disk); disk {
		fmt.Fprintln(w, "a whole disk: otactl flash puts it onto a new board; a running board refuses it")
	}
}

func showPayload(w io.Writer, p manifest.Payload) {
	fmt.Fprintf(w, "  %-10s %-8s %8.2f MB", p.Kind, p.Name, float64(p.Size)/1e6)
	if d := p.Device; d != nil {
		fmt.Fprintf(w, ", %s %s %s (%s)", d.Class, d.Model, d.Version, d.Driver)
	}
	if len(p.Chunks) > 0 {
		fmt.Fprintf(w, ", full %.2f MB", float64(stored(p.Chunks))/1e6)
	}
	for _, d := range p.Deltas {
		fmt.Fprintf(w, ", delta %.2f MB from %.12s", float64(stored(d.Chunks))/1e6, d.FromSHA256)
	}
	fmt.Fprintf(w, "\n    SHA-256 %s\n", p.SHA256)
}

func stored(chunks []manifest.Chunk) (sum int64) {
	for _, c := range chunks {
		sum += c.Stored
	}
	return sum
}
