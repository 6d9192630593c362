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
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/web"
)

func userCommand(o *options) *cobra.Command {
	user := &cobra.Command{Use: "user", Short: "People who may log in at head office"}
	user.AddCommand(
		addUserCommand(o),
		passwordCommand(o),
		roleCommand(o),
		changeUserCommand(o, "disable NAME", "Keep a person out, and end the sessions", func(ctx context.Context, books *store.Store, name string, now time.Time) error {
			return books.SetDisabled(ctx, name, true, osPerson(), now)
		}),
		changeUserCommand(o, "enable NAME", "Let a person in again", func(ctx context.Context, books *store.Store, name string, now time.Time) error {
			return books.SetDisabled(ctx, name, false, osPerson(), now)
		}),
		sessionsCommand(o),
		listUsersCommand(o),
	)

	return user
}

// userLine is a person as programs get it; times are Unix ms.
type userLine struct {
	Name      string `json:"name"`
	Role      string `json:"role"`
	Disabled  bool   `json:"disabled"`
	CreatedAt int64  `json:"created_at"`
	Sessions  int    `json:"sessions"`
}

// changeUserCommand is a command that changes one thing of a person, and says what is there now.
func changeUserCommand(o *options, use, short string, do func(context.Context, *store.Store, string, time.Time) error) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				if err := do(cmd.Context(), books, args[0], o.now()); err != nil {
					return err
				}

				return printUser(cmd, o, books, args[0], asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")

	return cmd
}

func printUser(cmd *cobra.Command, o *options, books *store.Store, name string, asJSON bool) error {
	lines, err := userLines(cmd.Context(), o, books)
	if err != nil || !asJSON {
		return err
	}
	for _, l := range lines {
		if l.Name == name {
			return printJSON(cmd.OutOrStdout(), l)
		}
	}

	return nil
}

func addUserCommand(o *options) *cobra.Command {
	var role string
	cmd := changeUserCommand(o, "add NAME", "Add a person; the password is one line of standard input", nil)
	cmd.Flags().StringVar(&role, "role", people.RoleAccountant, strings.Join(people.Roles(), ", "))
	withPassword(o, cmd, func(ctx context.Context, books *store.Store, name, password string) error {
		return addUser(ctx, books, name, role, password, osPerson(), o.now())
	})
	add := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checked("role", role); err != nil {
			return err
		}

		return add(cmd, args)
	}

	return cmd
}

func passwordCommand(o *options) *cobra.Command {
	cmd := changeUserCommand(o, "password NAME", "Give a person another password, one line of standard input, and end the sessions", nil)
	withPassword(o, cmd, func(ctx context.Context, books *store.Store, name, password string) error {
		hash, err := hashOf(name, password)
		if err != nil {
			return err
		}

		return books.SetPassword(ctx, name, hash, osPerson(), o.now())
	})

	return cmd
}

// checked is what is wrong with a role on a command line.
func checked(flag, role string) error {
	if people.IsRole(role) {
		return nil
	}
	roles := people.Roles()
	last := len(roles) - 1

	return cmdline.Usage("--%s %.20q: want %s or %s", flag, role, strings.Join(roles[:last], ", "), roles[last])
}

// withPassword has a command read a password before it does anything.
func withPassword(o *options, cmd *cobra.Command, do func(ctx context.Context, books *store.Store, name, password string) error) {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), longestLine)).ReadString('\n')
		if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
			return fmt.Errorf("cannot read the password from standard input: %w", err)
		}

		return withBooks(cmd.Context(), o, func(books *store.Store) error {
			if err := do(cmd.Context(), books, args[0], strings.TrimRight(line, "\r\n")); err != nil {
				return err
			}

			return printUser(cmd, o, books, args[0], cmd.Flag("json").Value.String() == "true")
		})
	}
}

// hashOf is the hash of a password that this person may have.
func hashOf(name, password string) (string, error) {
	if err := passwd.Check(name, password); err != nil {
		return "", err
	}

	return passwd.Hash(password)
}

func addUser(ctx context.Context, books *store.Store, name, role, password, by string, now time.Time) error {
	hash, err := hashOf(name, password)
	if err != nil {
		return err
	}

	return books.AddUser(ctx, people.User{Name: name, Hash: hash, Role: role}, by, now)
}

func roleCommand(o *options) *cobra.Command {
	var role string
	cmd := changeUserCommand(o, "role NAME", "Give a person another role instead of the one there is, and end the sessions", func(ctx context.Context, books *store.Store, name string, now time.Time) error {
		if err := checked("to", role); err != nil {
			return err
		}

		return books.SetRole(ctx, name, role, osPerson(), now)
	})
	cmd.Flags().StringVar(&role, "to", "", strings.Join(people.Roles(), ", "))

	return cmd
}

func userLines(ctx context.Context, o *options, books *store.Store) ([]userLine, error) {
	all, err := books.Users(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := books.Sessions(ctx, "", o.now(), web.SessionIdle)
	if err != nil {
		return nil, err
	}
	open := map[string]int{}
	for _, s := range sessions {
		open[s.Who]++
	}
	lines := []userLine{}
	for _, u := range all {
		lines = append(lines, userLine{u.Name, u.Role, u.Disabled, u.CreatedAt, open[u.Name]})
	}

	return lines, nil
}

func listUsersCommand(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List people", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				lines, err := userLines(cmd.Context(), o, books)
				switch {
				case err != nil:
					return err
				case asJSON:
					return printJSON(cmd.OutOrStdout(), lines)
				}

				return table(cmd.OutOrStdout(), func(w io.Writer) {
					fmt.Fprintln(w, "NAME\tROLE\tDISABLED\tSESSIONS")
					for _, l := range lines {
						fmt.Fprintf(w, "%s\t%s\t%t\t%d\n", l.Name, l.Role, l.Disabled, l.Sessions)
					}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")

	return cmd
}

// sessionLine is a login as programs get it; times are Unix ms.
type sessionLine struct {
	Who     string `json:"who"`
	Source  string `json:"source"`
	BeganAt int64  `json:"began_at"`
	SeenAt  int64  `json:"seen_at"`
	EndsAt  int64  `json:"ends_at"`
}

func sessionsCommand(o *options) *cobra.Command {
	var end, asJSON bool
	cmd := &cobra.Command{
		Use: "sessions NAME", Short: "List the sessions of a person, or end all of them", Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				_, err := books.User(cmd.Context(), args[0])
				if err == nil && end {
					err = books.EndSessions(cmd.Context(), args[0], osPerson(), o.now())
				}
				if err != nil {
					return fmt.Errorf("person %.64q: %w", args[0], err)
				}

				return printSessions(cmd, o, books, args[0], asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&end, "end", false, "end all of them")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")

	return cmd
}

func printSessions(cmd *cobra.Command, o *options, books *store.Store, name string, asJSON bool) error {
	all, err := books.Sessions(cmd.Context(), name, o.now(), web.SessionIdle)
	if err != nil {
		return err
	}
	lines := []sessionLine{}
	for _, s := range all {
		lines = append(lines, sessionLine{s.Who, s.Source, s.BeganAt, s.SeenAt, s.ExpiresAt})
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), lines)
	}

	return table(cmd.OutOrStdout(), func(w io.Writer) {
		fmt.Fprintln(w, "BEGAN\tLAST ACT\tENDS\tFROM")
		for _, l := range lines {
			at := func(ms int64) string { return time.UnixMilli(ms).Format(time.DateTime) }
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", at(l.BeganAt), at(l.SeenAt), at(l.EndsAt), l.Source)
		}
	})
}
