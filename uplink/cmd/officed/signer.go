package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/signer"
)

const (
	signerSocket  = "signer.sock" // in the data folder, unless it is named
	signerMode    = 0o660         // its own user and group
	maxPassphrase = 4096
)

func signerCommand(o *options) *cobra.Command {
	var phrase string
	cmd := &cobra.Command{Use: "signer", Short: "The keys, in a process of their own"}
	cmd.PersistentFlags().StringVar(&phrase, "passphrase-file", "", "file of the passphrase that the keys are sealed under")
	cmd.AddCommand(serveSignerCommand(o, &phrase), sealCommand(o, &phrase))

	return cmd
}

func serveSignerCommand(o *options, phrase *string) *cobra.Command {
	var socket string
	cmd := &cobra.Command{
		Use: "serve", Short: "Keep the keys, which serve --signer asks for signatures", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if socket == "" {
				socket = filepath.Join(o.data, signerSocket)
			}
			p, err := readPassphrase(*phrase)
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))

			return runSigner(cmd.Context(), filepath.Join(o.data, keyFolder), socket, p, log, func() { cmd.Printf("officed signer: ready on %s\n", socket) }, ca.WithKioskLife(o.kioskLife))
		},
	}
	cmd.Flags().DurationVar(&o.kioskLife, "kiosk-life", ca.DefaultKioskLife, "the longest that it certifies a kiosk's key for")
	cmd.Flags().StringVar(&socket, "socket", "", "where to listen (default: signer.sock in --data); its own group may use it")

	return cmd
}

func sealCommand(o *options, phrase *string) *cobra.Command {
	return &cobra.Command{
		Use: "seal", Short: "Seal keys that lie as they are under the passphrase", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if *phrase == "" {
				return cmdline.Usage("seal needs --passphrase-file")
			}
			p, err := readPassphrase(*phrase)
			if err != nil {
				return err
			}
			return ca.Seal(filepath.Join(o.data, keyFolder), p)
		},
	}
}

func runSigner(ctx context.Context, keys, socket string, passphrase []byte, log *slog.Logger, ready func(), opts ...ca.Option) error {
	k, err := signer.Open(keys, append(opts, ca.WithPassphrase(passphrase))...)
	if err != nil {
		return err
	}
	ln, err := listenSocket(socket)
	switch {
	case err != nil:
		return err
	case ln == nil:
		return fmt.Errorf("another signer serves %s", socket)
	}
	if err := os.Chmod(socket, signerMode); err != nil {
		return errors.Join(fmt.Errorf("cannot open the socket to its group: %w", err), ln.Close())
	}
	ready()
	srv := &http.Server{
		Handler: signer.Handler(k, time.Now, log), ReadTimeout: readTimeout, WriteTimeout: readTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}

	return serveHTTP(ctx, srv, ln, "serve the signer's socket", srv.Shutdown)
}

// readPassphrase is the first line of a file that nobody else may read; "" is none.
func readPassphrase(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--passphrase-file: %w", err)
	case st.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("--passphrase-file: %s: mode %#o, want 0600", path, st.Mode().Perm())
	case !st.Mode().IsRegular() || st.Size() > maxPassphrase:
		return nil, fmt.Errorf("--passphrase-file: %s: not a file of at most %d bytes", path, maxPassphrase)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--passphrase-file: %w", err)
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	if line = bytes.TrimRight(line, "\r"); len(line) < ca.MinPassphrase {
		return nil, fmt.Errorf("--passphrase-file: %s: %d bytes, want %d at least", path, len(line), ca.MinPassphrase)
	}

	return line, nil
}
