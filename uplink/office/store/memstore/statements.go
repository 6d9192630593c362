package memstore

import (
	"cmp"
	"context"

	"wattkiosk/uplink/office/cash"
)

func (b *tills) BankStatement(_ context.Context, id string) (cash.Statement, error) {
	return one(b.statements, id)
}

func (b *tills) BankStatements(_ context.Context, limit int) ([]cash.Statement, error) {
	return list(b.statements, func(cash.Statement) bool { return true }, func(x, y cash.Statement) int {
		return cmp.Or(cmp.Compare(y.At, x.At), cmp.Compare(y.ID, x.ID))
	}, limit), nil
}

func (b *tills) AddBankStatement(_ context.Context, s cash.Statement) error {
	put((*rows)(b), b.statements, s.ID, s)
	return nil
}

func (b *tills) StatementLine(_ context.Context, id string) (cash.StatementLine, error) {
	return one(b.statementLines, id)
}

func (b *tills) LooseLines(_ context.Context, limit int) ([]cash.StatementLine, error) {
	return list(b.statementLines, func(l cash.StatementLine) bool { return l.Remittance == "" }, func(x, y cash.StatementLine) int {
		return cmp.Or(cmp.Compare(x.Date, y.Date), cmp.Compare(x.ID, y.ID))
	}, limit), nil
}

func (b *tills) LinesReferring(_ context.Context, reference string, limit int) ([]cash.StatementLine, error) {
	return list(b.statementLines, func(l cash.StatementLine) bool { return l.Reference == reference }, func(x, y cash.StatementLine) int {
		return cmp.Compare(x.ID, y.ID)
	}, limit), nil
}

func (b *tills) PutStatementLine(_ context.Context, l cash.StatementLine) error {
	return keep((*settled)(b), b.statementLines, l.ID, l, func(l cash.StatementLine) int64 { return l.Version })
}
