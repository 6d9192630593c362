package people

import "slices"

// Act is something that people do at head office. Those of two people are named as their
// kind of plan is.
type Act string

// Duty is one row of the table of who does what. Pages, routes, the JSON interface, the
// command line and the desk of plans all ask it; it is written out in .docs/roles.md and on
// the page of people.
type Duty struct {
	Act   Act
	Does  string   // in words
	Roles []string // who does it, or proposes it
	// Second are who may approve it: another person than whoever proposed it. Nil: one
	// person does it alone.
	Second []string
}

// What people do alone.
const (
	OwnAccount Act = "own-account"
	SeePeople  Act = "see-people"
	ReadAudit  Act = "read-audit"
	ReadFigure Act = "read-figures"
	Read       Act = "read"
	Decide     Act = "decide-plan"

	WorkCase    Act = "work-case"
	Hasten      Act = "hasten"
	RunDate     Act = "run-date"
	SignDate    Act = "sign-date"
	SetCashRule Act = "set-cash-rule"
	SetSteps    Act = "set-escalation"
	Counterfeit Act = "counterfeit"
	BringBook   Act = "bring-book"
	BringLine   Act = "bring-statement"
	EnterBank   Act = "enter-bank"
	SetCassette Act = "set-cassette"

	SuspendKiosk Act = "suspend-kiosk"
	SetPlace     Act = "set-place"
	GiveCode     Act = "give-code"
	PutStaff     Act = "put-staff"
	SettleBatch  Act = "settle-batch"
	SetTerminal  Act = "set-terminal"
	SettleSale   Act = "settle-sale"
	Roll         Act = "roll-out"
)

// Duties are all rows of the table, in the order in which people read them.
func Duties() []Duty {
	all, desk := Roles(), []string{RoleAccountant, RoleCashier, RoleOperator, RoleAdmin}
	account := []string{RoleAccountant, RoleOperator, RoleAdmin}
	operate := []string{RoleOperator, RoleAdmin}
	sign := []string{RoleAccountant}
	signed := []string{RoleAccountant, RoleAdmin}
	cash := []string{RoleCashier}
	vault := []string{RoleCashier, RoleAccountant, RoleAdmin}

	return []Duty{
		{OwnAccount, "see the own sessions, change the own password and second factor", all, nil},
		{SeePeople, "see who works here, in which role, and this table", all, nil},
		{ReadAudit, "read and export the audit log", []string{RoleAuditor}, nil},
		{ReadFigure, "read the figures of /metrics from another machine", []string{RoleAdmin}, nil},
		{Read, "read all pages of kiosks, payments, cases, dates and cash", desk, nil},
		{Decide, "see plans, and approve or refuse those whose row says so", desk, nil},

		{WorkCase, "give a case an owner and a date, write in it, close it where it has no amount", desk, nil},
		{"close-case", "close a case that has an amount", account, account},
		{"pay-out", "give a customer at the counter what a case owes", account, account},
		{"release-order", "have an order that is held posted", account, account},
		{"refuse-order", "have an order that is held never posted: it is owed", account, account},
		{Hasten, "have a posting tried again sooner", operate, nil},
		{"retry", "have an owed or disputed payment posted after all", operate, operate},
		{"reverse", "take a posting back", operate, operate},
		{"vouch", "say that the bank has a sale that these books lost", operate, operate},
		{"refund-qr", "give a payment by QR code back at its acquirer", operate, operate},
		{"refund-card", "ask the bank to give a payment by card back", operate, operate},
		{"void-card", "have a kiosk void a payment by card", operate, operate},
		{"bank-answer", "write down what the bank answered to that", account, account},
		{SettleSale, "say that a sale of power reached its meter another way", operate, operate},

		{RunDate, "reconcile a business date again", desk, nil},
		{BringBook, "bring the file of a book of a date", sign, nil},
		{SignDate, "sign a business date", sign, nil},
		{"reopen-date", "open a signed date again", signed, signed},
		{SetCashRule, "say from when kiosks take no notes until a date is signed", sign, nil},
		{"lift-cash-rule", "let kiosks take notes though a date is not signed", sign, signed},
		{SetSteps, "say who is told when nobody signs", sign, nil},

		{"receive-cash", "take a collection into the vault, counted again", cash, vault},
		{"remit-cash", "hand a set of collections over", cash, vault},
		{EnterBank, "enter a deposit, or the bank's line of it", vault, nil},
		{BringLine, "bring the bank's statement", vault, nil},
		{SetCassette, "say how many notes a cassette holds", operate, nil},
		{Counterfeit, "enter a counterfeit note, tell its maker, add photographs", desk, nil},
		{"bear-loss", "say who bears a counterfeit note", account, account},
		{"take-back", "take a finding of counterfeit notes back that was a mistake", account, signed},
		{"drop-claim", "write off what the maker of a counterfeit note refuses to pay", sign, signed},

		{SuspendKiosk, "take a kiosk out of service at once", operate, nil},
		{"resume-kiosk", "put a kiosk back into service", operate, operate},
		{"replace-kiosk", "give a kiosk's board up, for another to be enrolled", operate, operate},
		{"retire-kiosk", "take a kiosk out of service for good", operate, operate},
		{"choose-branch", "say which side of a fork is a kiosk's journal", operate, operate},
		{"set-bounds", "set the bounds of a kiosk", operate, operate},
		{SetPlace, "say where a kiosk stands", operate, nil},
		{GiveCode, "give a technician a one-time code", operate, nil},
		{PutStaff, "add technicians and collectors, or keep them out", operate, nil},
		{SetTerminal, "give a kiosk a terminal of the bank's", operate, nil},
		{SettleBatch, "have a kiosk settle its batch with the bank now", operate, nil},
		{Roll, "take bundles in, group kiosks, make rollouts; who made one does not start it", operate, nil},

		{"reset-factor", "take a person's second factor away, other than the own", []string{RoleAdmin}, account},
	}
}

// DutyOf is the row of an act; false where there is none, which nobody may do.
func DutyOf(a Act) (Duty, bool) {
	rows := Duties()
	i := slices.IndexFunc(rows, func(d Duty) bool { return d.Act == a })
	if i < 0 {
		return Duty{}, false
	}

	return rows[i], true
}

// May reports whether a role does an act, or proposes it.
func May(role string, a Act) bool {
	d, _ := DutyOf(a)

	return slices.Contains(d.Roles, role)
}

// MaySecond reports whether a role may approve an act that another person proposed.
func MaySecond(role string, a Act) bool {
	d, _ := DutyOf(a)

	return slices.Contains(d.Second, role)
}
