package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/office/web"
	"wattkiosk/uplink/wire"
)

// Demonstration accounts, made by serve --demo and only then. They are printed,
// so they are no secret.
const demoPassword = "wattkiosk-demo"

var demoUsers = []struct{ name, role string }{
	{"accountant", people.RoleAccountant}, {"operator", people.RoleOperator}, {"supervisor", people.RoleOperator}, // a rollout takes two
}

// The demonstration technician.
const (
	demoTechnician = "1001"
	demoPIN        = "284915"
)

// addDemoUsers adds the demonstration accounts, and the technician, that are not
// there.
func addDemoUsers(ctx context.Context, books *store.Store) error {
	for _, u := range demoUsers {
		_, err := books.User(ctx, u.name)
		if errors.Is(err, stored.ErrNotFound) {
			err = putUser(ctx, books, u.name, u.role, demoPassword, "officed")
		}
		if err != nil {
			return fmt.Errorf("cannot make demonstration account %s: %w", u.name, err)
		}
	}
	return addDemoTechnician(ctx, books)
}

func addDemoTechnician(ctx context.Context, books *store.Store) error {
	have, err := books.Technicians(ctx)
	if err != nil || len(have) > 0 {
		return err
	}
	pin, err := credential.HashPIN(demoPIN)
	if err != nil {
		return err
	}
	t := people.Technician{Number: demoTechnician, Name: "王技术", Role: wire.RoleTechnician, PIN: string(pin)}
	return books.PutTechnician(ctx, t, "officed", time.Now())
}

func putUser(ctx context.Context, books *store.Store, name, role, password, by string) error {
	hash, err := web.HashPassword(password)
	if err != nil {
		return err
	}
	now := time.Now()
	return books.PutUser(ctx, people.User{Name: name, Hash: hash, Role: role, CreatedAt: now.UnixMilli()}, by, now)
}

func userCommand(o *options) *cobra.Command {
	user := &cobra.Command{Use: "user", Short: "People who may log in"}
	var role string
	add := &cobra.Command{
		Use: "add NAME", Short: "Add a person, or set a new password; the password is one line of standard input", Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if role != people.RoleAccountant && role != people.RoleOperator && role != people.RoleAdmin {
				return cmdline.Usage("--role %.20q: want accountant, operator or admin", role)
			}
			if args[0] == "" || len(args[0]) > 64 || strings.ContainsFunc(args[0], func(r rune) bool { return r <= ' ' }) {
				return fmt.Errorf("name %.64q: want 1 to 64 characters without spaces", args[0])
			}
			line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
			if err != nil && line == "" {
				return fmt.Errorf("cannot read the password from standard input: %w", err)
			}
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				if err := atCommandLine(o, books, cmd, args, ""); err != nil {
					return err
				}
				return putUser(cmd.Context(), books, args[0], role, strings.TrimRight(line, "\r\n"), osPerson())
			})
		},
	}
	add.Flags().StringVar(&role, "role", people.RoleAccountant, "accountant, operator or admin")
	user.AddCommand(add)
	return user
}
