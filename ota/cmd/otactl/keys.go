package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"aead.dev/minisign"
	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/ota/fleetkey"
)

// passwordVariable has the password of secret keys. Empty, a key is made
// only with --unencrypted, as minisign -W makes it.
const passwordVariable = "OTACTL_PASSWORD"

func keygenCommand() *cobra.Command {
	var out string
	var open bool
	cmd := &cobra.Command{Use: "keygen", Short: "makes a pair of signing keys, the secret one encrypted with the password in " + passwordVariable, Args: exactly(0, "out"), RunE: func(*cobra.Command, []string) error {
		password := os.Getenv(passwordVariable)
		if (password == "") != open {
			return cmdline.Usage("keygen wants a password in %s, or --unencrypted, and not both", passwordVariable)
		}
		pub, priv, err := minisign.GenerateKey(nil)
		if err != nil {
			return err
		}
		secret, err := priv.MarshalText()
		if err == nil && !open {
			secret, err = minisign.EncryptKey(password, priv)
		} else {
			secret = bytes.Replace(secret, []byte("encrypted secret key"), []byte("secret key, not encrypted"), 1)
		}
		if err != nil {
			return err
		}
		public, err := pub.MarshalText()
		if err != nil {
			return err
		}
		return writePair(out, secret, append(public, '\n'))
	}}
	cmd.Flags().StringVar(&out, "out", "", "path without ending")
	cmd.Flags().BoolVar(&open, "unencrypted", false, "the secret key is not encrypted: whoever reads the file can sign")
	return cmd
}

func fleetkeyCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{Use: "fleetkey", Short: "makes a pair of keys that bundles are encrypted with", Args: exactly(0, "out"), RunE: func(*cobra.Command, []string) error {
		key, err := fleetkey.Generate()
		if err != nil {
			return err
		}
		secret, err := key.MarshalText()
		if err != nil {
			return err
		}
		public, err := key.Public().MarshalText()
		if err != nil {
			return err
		}
		return writePair(out, secret, public)
	}}
	cmd.Flags().StringVar(&out, "out", "", "path without ending")
	return cmd
}

// writePair writes OUT.key and OUT.pub, and never over a key that is there.
func writePair(out string, secret, public []byte) error {
	f, err := os.OpenFile(out+".key", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(secret)
	return errors.Join(err, f.Close(), os.WriteFile(out+".pub", public, 0o644))
}

func secretKey(path string) (key minisign.PrivateKey, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return key, err
	}
	if minisign.IsEncrypted(text) {
		key, err = minisign.DecryptKey(os.Getenv(passwordVariable), text)
	} else {
		err = key.UnmarshalText(text)
	}
	if err != nil {
		return key, fmt.Errorf("cannot open %s (its password is in %s): %w", path, passwordVariable, err)
	}
	return key, nil
}

func secretKeys(paths []string) (keys []minisign.PrivateKey, err error) {
	for _, path := range paths {
		key, err := secretKey(path)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}
