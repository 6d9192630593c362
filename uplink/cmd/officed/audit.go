package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

func auditCommand(o *options) *cobra.Command {
	audit := &cobra.Command{Use: "audit", Short: "The log of privileged acts, which is a chain"}
	audit.AddCommand(verifyAuditCommand(o), exportAuditCommand(o))
	return audit
}

func exportAuditCommand(o *options) *cobra.Command {
	var after int64
	cmd := &cobra.Command{
		Use: "export", Short: "Write the audit log out, one act a line of JSON, the oldest first", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				out := bufio.NewWriter(cmd.OutOrStdout())
				lines := json.NewEncoder(out)
				err := books.EachAudit(cmd.Context(), after, func(a people.Audit) error { return lines.Encode(a.Line()) })
				return errors.Join(err, out.Flush())
			})
		},
	}
	cmd.Flags().Int64Var(&after, "after", 0, "only acts after this number")
	return cmd
}

func verifyAuditCommand(o *options) *cobra.Command {
	var head, file string
	cmd := &cobra.Command{
		Use: "verify", Short: "Check that no act was changed, taken out or put between", Args: cmdline.Exactly(0),
		Long: "Check that no act of the audit log was changed, taken out or put between, and print its end.\n\n" +
			"Whoever may write to the database could write the whole chain anew. Keep what this prints, or an export,\n" +
			"where they cannot write: --head and --file find that then.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			known, err := parseHeads(head)
			if err != nil {
				return err
			}
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				end, err := books.VerifyAudit(cmd.Context(), known...)
				if err == nil && file != "" {
					err = heldAgainst(cmd.Context(), books, file)
				}
				if err == nil {
					fmt.Fprintf(cmd.OutOrStdout(), "%d acts, end %d:%s\n", end.Seq, end.Seq, end.Hash)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&head, "head", "", "NUMBER:HASH that verify printed before: the log has to hold that act")
	cmd.Flags().StringVar(&file, "file", "", "file of an export: the log has to hold each of its acts as it stands there")
	return cmd
}

func parseHeads(text string) ([]people.AuditHead, error) {
	if text == "" {
		return nil, nil
	}
	number, digits, _ := strings.Cut(text, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	var hash record.Hash
	bad := hash.UnmarshalText([]byte(digits))
	if err != nil || bad != nil || seq < 0 {
		return nil, cmdline.Usage("--head %.100q: want NUMBER:HASH", text)
	}
	return []people.AuditHead{{Seq: seq, Hash: hash}}, nil
}

// heldAgainst is people.ErrAudit unless the log holds each act of an export.
func heldAgainst(ctx context.Context, books *store.Store, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("cannot open the export: %w", err)
	}
	defer func() { _ = f.Close() }() // it is only read

	d := json.NewDecoder(bufio.NewReader(f))
	n := int64(0)
	next := func() (l people.AuditLine, err error) {
		n++
		if err = d.Decode(&l); err != nil && !errors.Is(err, io.EOF) {
			err = fmt.Errorf("cannot read line %d of the export: %w", n, err)
		}
		return l, err
	}
	want, err := next()
	if err != nil {
		return cmp.Or(err, errors.New("the export is empty"))
	}
	err = books.EachAudit(ctx, want.Seq-1, func(a people.Audit) error {
		if had := a.Line(); had != want {
			return fmt.Errorf("%w: act %d is another than in the export", people.ErrAudit, want.Seq)
		}
		want, err = next()
		return err
	})
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return fmt.Errorf("%w: act %d of the export is missing", people.ErrAudit, want.Seq)
	}
	return err
}

// looking are the commands that change nothing and so are not in the audit log, and those
// that make the log itself; payments that are taken out are in it, as on the page; and the signer, which has no books, and a log of its own. Every
// other command is in it.
func looking() []string {
	return []string{
		"serve", "migrate", "signer serve", "signer seal", "audit verify", "audit export", "books check", "books verify",
		"user list", "staff list", "terminal list", "rollout list", "rollout show", "rollout group list", "kiosk list", "kiosk show", "bounds list", "fork list",
	}
}

// atCommandLine has every command below root that is not only looking in the audit log before
// it has an effect: which one, about what, and who really runs it, as the operating system
// knows them. So what is refused later is there too.
//
// Whom --user names is only what that person claims, and the log says so. It asks for no
// password, as that would guard nothing: who may run a command on the data folder can write
// to the books, and read the keys, without officed. What holds them is the log, that its
// head is kept elsewhere, and that the operating system lets few people in. An order that
// moves money is not given here: it takes two people, who log in (approval).
func atCommandLine(o *options, root *cobra.Command) {
	for _, cmd := range root.Commands() {
		atCommandLine(o, cmd)
		do := cmd.RunE
		if do == nil || slices.Contains(looking(), verb(cmd)) {
			continue
		}
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if user := cmd.Flags().Lookup("user"); user != nil {
				if err := named(user.Value.String()); err != nil {
					return err
				}
			}
			if err := o.audit(cmd.Context(), o.act(cmd, args)); err != nil {
				return err
			}

			return do(cmd, args)
		}
	}
}

// audit puts an act into the log of the books that the running head office has, wherever
// those are; without one, into those of --db.
func (o *options) audit(ctx context.Context, a people.Audit) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	err = o.ask(ctx, "/audit", nil, bytes.NewReader(body), &struct{}{})
	if !errors.Is(err, errAlone) {
		return err
	}

	return withBooks(ctx, o, func(books *store.Store) error { return books.Audit(ctx, a) })
}

// verb is what a command is called, without the program.
func verb(cmd *cobra.Command) string { return strings.TrimPrefix(cmd.CommandPath(), "officed ") }

// act is a command line as the audit log has it.
func (o *options) act(cmd *cobra.Command, args []string) people.Audit {
	var why []string
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		switch {
		case !f.Changed:
		case f.Name == "user":
			why = append(why, "as "+f.Value.String()+", claimed at the console")
		case f.Name != "json":
			why = append(why, "--"+f.Name+"="+f.Value.String())
		}
	})

	return people.Audit{
		At: stored.Millis(o.now()), User: osPerson(), Action: "command " + verb(cmd),
		Object: stored.Text(strings.Join(args, " ")), Reason: stored.Text(strings.Join(why, " ")),
	}
}

// osPerson is who runs this process: the account, and who logged in where that is another
// (the kernel keeps that through su and sudo).
func osPerson() string {
	uid := strconv.Itoa(os.Getuid())
	name := accountOf(uid)
	if login, err := os.ReadFile("/proc/self/loginuid"); err == nil {
		if id := strings.TrimSpace(string(login)); id != uid && id != notLoggedIn && id != "" {
			name += "(" + accountOf(id) + ")"
		}
	}
	return "os:" + name
}

// notLoggedIn is what the kernel says of a process that nobody's login began.
const notLoggedIn = "4294967295"

func accountOf(uid string) string {
	if u, err := user.LookupId(uid); err == nil {
		return u.Username
	}
	return uid
}
