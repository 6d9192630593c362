package sqlstore

import (
	"context"

	"wattkiosk/uplink/office/cash"
)

func statementTable() table[cash.Statement] {
	return table[cash.Statement]{
		"bank_statements", cols("id at body"), 1,
		func(s *cash.Statement) []any { return []any{&s.ID, &s.At, asJSON[cash.Statement]{s}} },
	}
}

func statementLineTable() table[cash.StatementLine] {
	return table[cash.StatementLine]{
		"bank_statement_lines", cols("id date reference amount remittance body version"), 1,
		func(l *cash.StatementLine) []any {
			return []any{&l.ID, &l.Date, &l.Reference, &l.Amount, &l.Remittance, asJSON[cash.StatementLine]{l}, &l.Version}
		},
	}
}

func (r *tills) BankStatement(ctx context.Context, id string) (cash.Statement, error) {
	return queryOne(ctx, r.q, statementTable(), "WHERE id = $1", id)
}

func (r *tills) BankStatements(ctx context.Context, limit int) ([]cash.Statement, error) {
	return query(ctx, r.q, statementTable(), "ORDER BY at DESC, id DESC LIMIT $1", limit)
}

func (r *tills) AddBankStatement(ctx context.Context, s cash.Statement) error {
	return insert(ctx, (*rows)(r), statementTable(), fail, []cash.Statement{s})
}

func (r *tills) StatementLine(ctx context.Context, id string) (cash.StatementLine, error) {
	return queryOne(ctx, r.q, statementLineTable(), "WHERE id = $1", id)
}

func (r *tills) LooseLines(ctx context.Context, limit int) ([]cash.StatementLine, error) {
	return query(ctx, r.q, statementLineTable(), "WHERE remittance = '' ORDER BY date, id LIMIT $1", limit)
}

func (r *tills) LinesReferring(ctx context.Context, reference string, limit int) ([]cash.StatementLine, error) {
	return query(ctx, r.q, statementLineTable(), "WHERE reference = $1 ORDER BY id LIMIT $2", reference, limit)
}

func (r *tills) PutStatementLine(ctx context.Context, l cash.StatementLine) error {
	return keep(ctx, (*settled)(r), statementLineTable(), l, l.Version)
}
