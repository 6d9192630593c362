package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"aead.dev/minisign"
	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/ota/bundle"
)

func rootsCommand() *cobra.Command {
	var set bundle.Roots
	var keys, sign []string
	var out string
	cmd := &cobra.Command{
		Use: "roots", Short: "makes a set of root keys that takes over from the one before", Args: exactly(0, "version", "key", "sign"),
		RunE: func(*cobra.Command, []string) error {
			for _, path := range keys {
				key, err := minisign.PublicKeyFromFile(path)
				if err != nil {
					return err
				}
				set.Keys = append(set.Keys, key.String())
			}
			if set.Version < 2 || set.Threshold < 1 || set.Threshold > len(set.Keys) {
				return cmdline.Usage("set %d, threshold %d of %d keys", set.Version, set.Threshold, len(set.Keys))
			}
			if out == "" {
				out = fmt.Sprintf("roots.%d.json", set.Version)
			}
			return writeSigned(out, set, sign)
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&set.Version, "version", 0, "number of the set; that of the first image is 1")
	f.IntVar(&set.Threshold, "threshold", 1, "different root keys that must sign")
	f.StringArrayVar(&keys, "key", nil, "a new root key's .pub; may be repeated")
	f.StringArrayVar(&sign, "sign", nil, "a root key's .key, of the old set and of the new one; may be repeated")
	f.StringVar(&out, "out", "", "file; its signatures go beside it (default: roots.N.json)")
	return cmd
}

func keyringCommand() *cobra.Command {
	var ring bundle.Keyring
	var keys, roots []string
	var out, expires, keyEnds string
	cmd := &cobra.Command{
		Use: "keyring", Short: "makes a keyring of release keys, signed by root keys", Args: exactly(0, "expires", "key", "root"),
		RunE: func(*cobra.Command, []string) error {
			var err error
			if ring.Expires, err = day("expires", expires); err != nil {
				return err
			}
			end := ring.Expires
			if keyEnds != "" {
				if end, err = day("keys-expire", keyEnds); err != nil {
					return err
				}
			}
			for _, path := range keys {
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				ring.Keys = append(ring.Keys, bundle.Key{
					Name: strings.TrimSuffix(filepath.Base(path), ".pub"), Key: strings.TrimSpace(string(text)),
					NotBefore: time.Now().UTC().Truncate(24 * time.Hour), NotAfter: end,
				})
			}
			return writeSigned(out, ring, roots)
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&ring.Version, "version", 1, "number of the keyring; a board refuses one below the highest it saw, so a higher one takes keys back")
	f.IntVar(&ring.Threshold, "threshold", 1, "different keys that must sign a bundle")
	f.StringVar(&expires, "expires", "", "day on which the keyring ends, as 2028-01-31")
	f.StringVar(&keyEnds, "keys-expire", "", "day on which its keys end; default: with the keyring")
	f.StringArrayVar(&keys, "key", nil, "a release key's .pub; may be repeated")
	f.StringArrayVar(&roots, "root", nil, "a root key's .key; may be repeated")
	f.StringVar(&out, "out", "keyring.json", "file; its signatures go beside it")
	return cmd
}

func day(flag, text string) (time.Time, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return at, cmdline.Usage("--%s: %w", flag, err)
	}
	return at, nil
}

// writeSigned writes v as JSON and the signatures of its exact bytes beside it.
func writeSigned(path string, v any, signers []string) error {
	keys, err := secretKeys(signers)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return err
	}
	for i, key := range keys {
		if err := os.WriteFile(signaturePath(path, i+1), minisign.Sign(key, text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// readSigned reads a file and the signatures beside it.
func readSigned(path string) (s bundle.Signed, err error) {
	if s.Text, err = os.ReadFile(path); err != nil {
		return s, err
	}
	for n := 1; ; n++ {
		sig, err := os.ReadFile(signaturePath(path, n))
		if errors.Is(err, os.ErrNotExist) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		s.Signatures = append(s.Signatures, sig)
	}
}

func signaturePath(path string, n int) string {
	if n == 1 {
		return path + ".minisig"
	}
	return fmt.Sprint(path, ".minisig.", n)
}
