package people

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the table of roles")

// rolesFile holds the table of roles, made by this test.
const rolesFile = "../../../.docs/roles.md"

// TestDuties holds the table against a second one, by hand: A accountant, C cashier,
// O operator, M administrator, U auditor.
func TestDuties(t *testing.T) {
	want := map[Act][2]string{
		OwnAccount: {"ACOMU", ""}, SeePeople: {"ACOMU", ""}, ReadAudit: {"U", ""}, ReadFigure: {"M", ""}, Read: {"ACOM", ""}, Decide: {"ACOM", ""},
		WorkCase: {"ACOM", ""}, "close-case": {"AOM", "AOM"}, "pay-out": {"AOM", "AOM"}, "release-order": {"AOM", "AOM"}, "refuse-order": {"AOM", "AOM"},
		Hasten: {"OM", ""}, "retry": {"OM", "OM"}, "reverse": {"OM", "OM"}, "vouch": {"OM", "OM"}, "refund-qr": {"OM", "OM"}, "refund-card": {"OM", "OM"}, "void-card": {"OM", "OM"},
		"bank-answer": {"AOM", "AOM"}, SettleSale: {"OM", "OM"},
		RunDate: {"ACOM", ""}, BringBook: {"A", ""}, BringLine: {"ACM", ""}, SignDate: {"A", ""}, "reopen-date": {"AM", "AM"}, SetCashRule: {"A", ""}, "lift-cash-rule": {"A", "AM"}, SetSteps: {"A", ""},
		"receive-cash": {"C", "ACM"}, "remit-cash": {"C", "ACM"}, EnterBank: {"ACM", ""}, SetCassette: {"OM", ""}, Counterfeit: {"ACOM", ""}, "bear-loss": {"AOM", "AOM"}, "drop-claim": {"A", "AM"}, "take-back": {"AOM", "AM"},
		SuspendKiosk: {"OM", ""}, "resume-kiosk": {"OM", "OM"}, "replace-kiosk": {"OM", "OM"}, "retire-kiosk": {"OM", "OM"}, "choose-branch": {"OM", "OM"}, "set-bounds": {"OM", "OM"},
		SetPlace: {"OM", ""}, GiveCode: {"OM", ""}, PutStaff: {"OM", ""}, SetTerminal: {"OM", ""}, SettleBatch: {"OM", ""}, Roll: {"OM", ""},
		"reset-factor": {"M", "AOM"},
	}
	for _, d := range Duties() {
		w, known := want[d.Act]
		if !known {
			t.Errorf("%s is not in the table of this test", d.Act)
		}
		delete(want, d.Act)
		for role, letter := range map[string]string{RoleAccountant: "A", RoleCashier: "C", RoleOperator: "O", RoleAdmin: "M", RoleAuditor: "U", "": "-", "chief": "-"} {
			if May(role, d.Act) != strings.Contains(w[0], letter) || MaySecond(role, d.Act) != strings.Contains(w[1], letter) {
				t.Errorf("%s by %q: %t, approved %t; want it by %s, approved by %s", d.Act, role, May(role, d.Act), MaySecond(role, d.Act), w[0], w[1])
			}
		}
	}
	for act := range want {
		t.Errorf("%s is not in the table", act)
	}
	if May(RoleAdmin, "nothing") || May(RoleAdmin, "") || MaySecond(RoleAdmin, Read) {
		t.Error("what is in no row is done")
	}
}

// TestRolesAreWrittenOut: the documents have the table as it is. -update writes it.
func TestRolesAreWrittenOut(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Who does what at head office\n\n<!-- made by `go test ./uplink/office/people -run TestRolesAreWrittenOut -update` -->\n\n" +
		"The table is `people.Duties`: the pages, the routes, the JSON interface, the command line (`officed --user`) and the desk of plans read it.\n" +
		"1: does it, or proposes it. 2: may approve it, as another person than whoever proposed it. In rows without a 2 one person does it alone.\n\n| act | what |")
	for _, role := range Roles() {
		b.WriteString(" " + role + " |")
	}
	b.WriteString("\n|---|---|" + strings.Repeat(":-:|", len(Roles())) + "\n")
	for _, d := range Duties() {
		b.WriteString("| " + string(d.Act) + " | " + d.Does + " |")
		for _, role := range Roles() {
			var marks []string
			if slices.Contains(d.Roles, role) {
				marks = append(marks, "1")
			}
			if slices.Contains(d.Second, role) {
				marks = append(marks, "2")
			}
			b.WriteString(" " + strings.Join(marks, " ") + " |")
		}
		b.WriteString("\n")
	}
	if *update {
		if err := os.WriteFile(rolesFile, []byte(b.String()), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(rolesFile); err != nil || string(have) != b.String() {
		t.Errorf("%s is not the table (%v): run with -update", rolesFile, err)
	}
}
