package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

func kioskCommand(o *options) *cobra.Command {
	kiosk := &cobra.Command{Use: "kiosk", Short: "Kiosks: which are in service, and by which key"}
	kiosk.AddCommand(
		listKiosksCommand(o), showKioskCommand(o), suspendCommand(o),
		serviceCommand(o, approval.ResumeKiosk, "resume KIOSK", "Propose to put a kiosk back into service, with the key that it had"),
		serviceCommand(o, approval.ReplaceKiosk, "replace KIOSK", "Propose to give a kiosk's board up: the next enrolment puts the kiosk in service"),
		serviceCommand(o, approval.RetireKiosk, "retire KIOSK", "Propose to take a kiosk out of service for good; import journal still takes its records in"),
	)
	return kiosk
}

// kioskLine is who a kiosk is, as programs get it; times are Unix ms, 0 for not known.
type kioskLine struct {
	Kiosk       string `json:"kiosk"`
	Service     string `json:"service"`
	Incarnation uint8  `json:"incarnation"`
	Key         string `json:"key"`
	Ends        int64  `json:"ends"`
	Next        string `json:"next_key"`
	By          string `json:"changed_by"`
	Reason      string `json:"reason"`
	ChangedAt   int64  `json:"changed_at"`
	Online      bool   `json:"online"`
	Head        uint64 `json:"head"`
	// Certificates that have not ended, of show alone: serial number, and whether it counts.
	Certificates map[string]bool `json:"certificates,omitempty"`
}

// kioskLines are all kiosks, or the one that is named.
func kioskLines(cmd *cobra.Command, books *store.Store, only string) ([]kioskLine, error) {
	ids, err := books.Identities.Since(cmd.Context(), 0)
	if err != nil {
		return nil, err
	}
	of := make(map[string]identity.Identity, len(ids))
	for _, i := range ids {
		of[i.Kiosk] = i
	}
	all, err := books.Kiosks(cmd.Context())
	if err != nil {
		return nil, err
	}
	out := []kioskLine{}
	for _, k := range all {
		if only != "" && k.ID != only {
			continue
		}
		i := of[k.ID]
		out = append(out, kioskLine{
			Kiosk: k.ID, Service: string(i.Service), Incarnation: k.Incarnation, Key: identity.Fingerprint(i.Key), Ends: i.Ends,
			Next: identity.Fingerprint(i.Next), By: i.By, Reason: i.Reason, ChangedAt: i.ChangedAt, Online: k.Online, Head: k.Head.Seq,
		})
	}

	return out, nil
}

func listKiosksCommand(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List kiosks with their service and the end of their certificates", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				lines, err := kioskLines(cmd, books, "")
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), lines)
				}

				return table(cmd.OutOrStdout(), func(w io.Writer) {
					fmt.Fprintln(w, "KIOSK\tSERVICE\tINCARNATION\tKEY\tCERTIFICATE ENDS\tONLINE")
					for _, l := range lines {
						fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%t\n", l.Kiosk, l.Service, l.Incarnation, orNone(l.Key), dateOf(l.Ends), l.Online)
					}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")

	return cmd
}

// orNone is a text, or that it is not known.
func orNone(text string) string {
	if text == "" {
		return "unknown"
	}

	return text
}

// dateOf is the date of a time, Unix ms.
func dateOf(at int64) string {
	if at == 0 {
		return "unknown"
	}

	return time.UnixMilli(at).Format(time.DateOnly)
}

func showKioskCommand(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show KIOSK", Short: "Show a kiosk's service, keys and certificates", Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkTerminal(args[0]); err != nil {
				return cmdline.Usage("%w", err)
			}
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				l, err := kioskShown(cmd, o, books, args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), l)
				}

				return table(cmd.OutOrStdout(), func(w io.Writer) { writeKiosk(w, l) })
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")

	return cmd
}

// kioskShown is one kiosk with its certificates.
func kioskShown(cmd *cobra.Command, o *options, books *store.Store, kiosk string) (kioskLine, error) {
	i, err := books.Identities.Identity(cmd.Context(), kiosk)
	if errors.Is(err, stored.ErrNotFound) {
		return kioskLine{}, fmt.Errorf("kiosk %s: %w; officed kiosk list has those that are known", kiosk, err)
	}
	if err != nil {
		return kioskLine{}, fmt.Errorf("kiosk %s: %w", kiosk, err)
	}
	lines, err := kioskLines(cmd, books, kiosk)
	if err != nil || len(lines) == 0 {
		return kioskLine{Kiosk: kiosk, Service: string(i.Service)}, err
	}
	certs, err := books.Identities.Certificates(cmd.Context(), kiosk, o.now())
	if err != nil {
		return kioskLine{}, err
	}
	lines[0].Certificates = map[string]bool{}
	for _, c := range certs {
		lines[0].Certificates[c.Serial] = i.Valid(c.Key)
	}

	return lines[0], nil
}

func writeKiosk(w io.Writer, l kioskLine) {
	fmt.Fprintf(w, "kiosk\t%s\n", l.Kiosk)
	fmt.Fprintf(w, "service\t%s\n", l.Service)
	if l.ChangedAt != 0 {
		fmt.Fprintf(w, "changed\t%s by %s: %s\n", dateOf(l.ChangedAt), l.By, l.Reason)
	}
	fmt.Fprintf(w, "newest key\t%s, certificate ends %s\n", orNone(l.Key), dateOf(l.Ends))
	if l.Next != "" {
		fmt.Fprintf(w, "next key\t%s, not proven yet\n", l.Next)
	}
	fmt.Fprintf(w, "journal\tincarnation %d, records %d\n", l.Incarnation, l.Head)
	counts := 0
	for _, ok := range l.Certificates {
		if ok {
			counts++
		}
	}
	fmt.Fprintf(w, "certificates\t%d that have not ended are known, %d of them count\n", len(l.Certificates), counts)
}

func suspendCommand(o *options) *cobra.Command {
	var user, reason string
	cmd := &cobra.Command{
		Use: "suspend KIOSK", Short: "Take a kiosk out of service at once: an emergency brake of one person", Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkOrder(args[0], reason); err != nil {
				return err
			}
			return orderedBy(cmd, o, user, people.SuspendKiosk, func(books *store.Store) error {
				if _, err := books.Identities.Suspend(cmd.Context(), args[0], user, reason, o.now()); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "kiosk %s is suspended\n", args[0])
				return nil
			})
		},
	}
	ordered(cmd, &user, &reason)

	return cmd
}

func serviceCommand(o *options, k approval.Kind, use, short string) *cobra.Command {
	var user, reason string
	cmd := &cobra.Command{
		Use: use, Short: short + "; another person approves it on the page of plans", Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkOrder(args[0], reason); err != nil {
				return err
			}
			return orderedBy(cmd, o, user, people.Act(k), func(books *store.Store) error {
				p, err := books.Plans.Propose(cmd.Context(), k, approval.Ask{Object: args[0], Reason: reason, By: user}, o.now())
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s waits for a second person (/plans/%s)\n", p.ID, p.ID)
				return nil
			})
		},
	}
	ordered(cmd, &user, &reason)

	return cmd
}

// ordered adds who orders something, and why.
func ordered(cmd *cobra.Command, user, reason *string) {
	cmd.Flags().StringVar(user, "user", "", "who orders it")
	cmd.Flags().StringVar(reason, "reason", "", "why, for the audit log")
}

func checkOrder(kiosk, reason string) error {
	if err := checkTerminal(kiosk); err != nil {
		return cmdline.Usage("%w", err)
	}
	if reason == "" {
		return cmdline.Usage("--reason is missing")
	}

	return nil
}
