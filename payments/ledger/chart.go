package ledger

import "slices"

// Account is an account of the books, by its name.
type Account string

// The accounts.
const (
	CashInKiosk        Account = "cash-in-kiosk"       // notes in the cassettes
	CashInTransit      Account = "cash-in-transit"     // taken out of a kiosk, not counted yet
	CashCounted        Account = "cash-counted"        // counted at head office, in its vault
	CashRemitted       Account = "cash-remitted"       // handed over (解款), not at the bank yet
	CashAtBank         Account = "cash-at-bank"        // paid in, or paid to us
	BankReceivable     Account = "bank-receivable"     // taken by bank card
	AcquirerReceivable Account = "acquirer-receivable" // taken by QR code
	DueFromMaker       Account = "due-from-maker"      // counterfeit notes that the maker of a validator bears
	Suspense           Account = "suspense"            // nobody can tell yet
	Shortage           Account = "shortage"
	Counterfeit        Account = "counterfeit"
	WriteOff           Account = "write-off"
	Customers          Account = "customers"          // taken, and not placed yet: 0 once everything is settled
	PayableMIS         Account = "payable-mis"        // booked by the MIS
	PayableCardSystem  Account = "payable-cardsystem" // sold by the card-meter system
	RefundsDue         Account = "refunds-due"
	Counter            Account = "counter" // paid out for us by the counter
	Surplus            Account = "surplus"
)

// Class is what kind of account it is.
type Class uint8

// The classes.
const (
	Asset      Class = iota // what we have, or are to get
	Liability               // what we owe
	Difference              // what did not fit
)

// Info is one line of the chart of accounts.
type Info struct {
	Account Account
	Class   Class
	Chinese string
	English string
}

// Chart is the chart of accounts, in its order: assets, differences, liabilities.
func Chart() []Info {
	return []Info{
		{CashInKiosk, Asset, "终端现金", "Cash in kiosks"},
		{CashInTransit, Asset, "在途现金", "Cash in transit"},
		{CashCounted, Asset, "金库现金", "Cash in the vault"},
		{CashRemitted, Asset, "已解款现金", "Cash remitted"},
		{CashAtBank, Asset, "银行存款", "Cash at bank"},
		{BankReceivable, Asset, "应收银行卡款", "Due from the bank"},
		{AcquirerReceivable, Asset, "应收扫码款", "Due from acquirers"},
		{DueFromMaker, Asset, "应收厂商款", "Due from makers"},
		{Suspense, Difference, "待查款", "Suspense"},
		{Shortage, Difference, "短款", "Shortage"},
		{Counterfeit, Difference, "假币", "Counterfeit notes"},
		{WriteOff, Difference, "核销", "Written off"},
		{Customers, Liability, "客户待入账款", "Customers, not yet placed"},
		{PayableMIS, Liability, "应付营销系统", "Due to the marketing MIS"},
		{PayableCardSystem, Liability, "应付售电系统", "Due to the card-meter system"},
		{RefundsDue, Liability, "应退客户款", "Refunds due"},
		{Counter, Liability, "柜台垫付款", "Paid out by the counter"},
		{Surplus, Difference, "长款", "Surplus"},
	}
}

// places are the accounts' places in the chart.
var places = func() map[Account]int {
	at := map[Account]int{}
	for i, info := range Chart() {
		at[info.Account] = i
	}

	return at
}()

// Known reports whether the chart has the account.
func (a Account) Known() bool {
	_, ok := places[a]

	return ok
}

// Names are Chinese and English for people; the bare name twice for an account that the
// chart does not have.
func (a Account) Names() (chinese, english string) {
	i, ok := places[a]
	if !ok {
		return string(a), string(a)
	}
	info := Chart()[i]

	return info.Chinese, info.English
}

// ordered sorts lines as the chart does.
func ordered(lines []Line) []Line {
	slices.SortFunc(lines, func(x, y Line) int { return places[x.Account] - places[y.Account] })

	return lines
}
