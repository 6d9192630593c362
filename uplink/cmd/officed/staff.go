package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/signer"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/office/web"
	"wattkiosk/uplink/wire"
)

// codes makes the one-time codes of technicians.
type codes struct {
	books *store.Store
	keys  signer.Head
}

// Code implements web.Codes.
func (c codes) Code(ctx context.Context, kiosk, number, challenge string) (string, error) {
	k, err := c.books.Kiosk(ctx, kiosk)
	if err != nil {
		return "", err
	}
	code, err := c.keys.Code([]byte(k.PublicKey), kiosk, number, challenge)
	switch {
	case errors.Is(err, signer.ErrKioskKey):
		return "", fmt.Errorf("kiosk %s: %w", kiosk, web.ErrKioskKey)
	case errors.Is(err, signer.ErrAway):
		return "", fmt.Errorf("%w: %w", web.ErrSigner, err)
	}

	return code, err
}

func staffCommand(o *options) *cobra.Command {
	staff := &cobra.Command{Use: "staff", Short: "Technicians and collectors, who may log in at kiosks"}
	staff.AddCommand(
		addStaffCommand(o),
		enableStaffCommand(o, true, "disable NUMBER", "Take a technician off every kiosk's roster"),
		enableStaffCommand(o, false, "enable NUMBER", "Put a technician back on every kiosk's roster"),
		listStaffCommand(o),
	)
	return staff
}

func addStaffCommand(o *options) *cobra.Command {
	var name, role, user string
	cmd := &cobra.Command{
		Use: "add NUMBER", Short: "Add a technician or a collector, or set another name, role or PIN; the PIN is one line of standard input", Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !wire.Role(role).Known() {
				return cmdline.Usage("--role %.20q: want %s or %s", role, wire.RoleTechnician, wire.RoleCollector)
			}
			hash, err := readPIN(cmd.InOrStdin())
			if err != nil {
				return err
			}
			return orderedBy(cmd, o, user, people.PutStaff, func(books *store.Store) error {
				t := people.Technician{Number: args[0], Name: name, Role: wire.Role(role), PIN: string(hash)}
				return books.PutTechnician(cmd.Context(), t, user, time.Now())
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what the person is called")
	cmd.Flags().StringVar(&role, "role", string(wire.RoleTechnician), "technician, or collector: one of the two who take the cash out")
	cmd.Flags().StringVar(&user, "user", "", "who orders it")
	return cmd
}

// readPIN reads one line and hashes it; neither is in an error.
func readPIN(in io.Reader) ([]byte, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 256)).ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return nil, fmt.Errorf("cannot read the PIN from standard input: %w", err)
	}
	return credential.HashPIN(strings.TrimRight(line, "\r\n"))
}

func enableStaffCommand(o *options, disabled bool, use, short string) *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return orderedBy(cmd, o, user, people.PutStaff, func(books *store.Store) error {
				all, err := books.Technicians(cmd.Context())
				if err != nil {
					return err
				}
				for _, t := range all {
					if t.Number == args[0] {
						t.Disabled = disabled
						return books.PutTechnician(cmd.Context(), t, user, time.Now())
					}
				}
				return fmt.Errorf("technician %.20q: %w", args[0], stored.ErrNotFound)
			})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "who orders it")
	return cmd
}

func listStaffCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List technicians", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				all, err := books.Technicians(cmd.Context())
				if err != nil {
					return err
				}
				return table(cmd.OutOrStdout(), func(w io.Writer) {
					fmt.Fprintln(w, "NUMBER\tNAME\tROLE\tDISABLED")
					for _, t := range all {
						fmt.Fprintf(w, "%s\t%s\t%s\t%t\n", t.Number, t.Name, t.Role, t.Disabled)
					}
				})
			})
		},
	}
}
