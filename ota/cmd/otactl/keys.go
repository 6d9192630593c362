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

	"wattkiosk/ota/bundle"
)

// passwordVariable has the password of secret keys; empty = none.
const passwordVariable = "OTACTL_PASSWORD"

func keygenCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{Use: "keygen", Short: "makes a key pair", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		if _, err := os.Stat(out + ".key"); err == nil {
			return fmt.Errorf("%s.key is there already", out)
		}
		pub, priv, err := minisign.GenerateKey(nil)
		if err != nil {
			return err
		}
		secret, err := minisign.EncryptKey(os.Getenv(passwordVariable), priv)
		if err != nil {
			return err
		}
		public, err := pub.MarshalText()
		if err != nil {
			return err
		}
		return errors.Join(os.WriteFile(out+".key", secret, 0o600), os.WriteFile(out+".pub", append(public, '\n'), 0o644))
	}}
	cmd.Flags().StringVar(&out, "out", "", "path without ending")
	_ = cmd.MarkFlagRequired("out") // the flag exists
	return cmd
}

func secretKey(path string) (minisign.PrivateKey, error) {
	k, err := minisign.PrivateKeyFromFile(os.Getenv(passwordVariable), path)
	if err != nil {
		return k, fmt.Errorf("cannot open %s (its password is in %s): %w", path, passwordVariable, err)
	}
	return k, nil
}

func keyringCommand() *cobra.Command {
	var ring bundle.Keyring
	var keys, roots []string
	var out, expires, keyEnds string
	cmd := &cobra.Command{Use: "keyring", Short: "makes a keyring of release keys, signed by root keys", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		var err error
		if ring.Expires, err = time.Parse(time.DateOnly, expires); err != nil {
			return fmt.Errorf("%w: --expires: %w", errUsage, err)
		}
		end := ring.Expires
		if keyEnds != "" {
			if end, err = time.Parse(time.DateOnly, keyEnds); err != nil {
				return fmt.Errorf("%w: --keys-expire: %w", errUsage, err)
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
		text, err := json.MarshalIndent(ring, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(out, text, 0o644); err != nil {
			return err
		}
		for i, path := range roots {
			key, err := secretKey(path)
			if err != nil {
				return err
			}
			if err := os.WriteFile(signaturePath(out, i+1), minisign.Sign(key, text), 0o644); err != nil {
				return err
			}
		}
		return nil
	}}
	f := cmd.Flags()
	f.Uint64Var(&ring.Version, "version", 1, "number of the keyring; a board refuses one below the highest it saw")
	f.IntVar(&ring.Threshold, "threshold", 1, "different keys that must sign a bundle")
	f.StringVar(&expires, "expires", "", "day on which the keyring ends, as 2028-01-31")
	f.StringVar(&keyEnds, "keys-expire", "", "day on which its keys end; default: with the keyring")
	f.StringArrayVar(&keys, "key", nil, "a release key's .pub; may be repeated")
	f.StringArrayVar(&roots, "root", nil, "a root key's .key; may be repeated")
	f.StringVar(&out, "out", "keyring.json", "file; its signatures go beside it")
	for _, name := range []string{"expires", "key", "root"} {
		_ = cmd.MarkFlagRequired(name) // the flags exist
	}
	return cmd
}

func signaturePath(path string, n int) string {
	if n == 1 {
		return path + ".minisig"
	}
	return fmt.Sprint(path, ".minisig.", n)
}
