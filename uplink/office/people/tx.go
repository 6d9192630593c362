package people

import "context"

// AuditTx writes down privileged acts in the transaction that carries them out.
type AuditTx interface {
	// AddAudit numbers the row itself.
	AddAudit(ctx context.Context, a Audit) error
}

// Tx is people, their sessions, what they did, and who may log in at kiosks.
type Tx interface {
	AuditTx
	TechnicianTx

	User(ctx context.Context, name string) (User, error)
	PutUser(ctx context.Context, u User) error
	Session(ctx context.Context, token string) (Session, error)
	PutSession(ctx context.Context, s Session) error
	DeleteSession(ctx context.Context, token string) error
	DeleteSessionsBefore(ctx context.Context, at int64) error
	// ListAudit is newest first.
	ListAudit(ctx context.Context, limit int) ([]Audit, error)
}

// TechnicianTx is who may log in at kiosks.
type TechnicianTx interface {
	// Technicians are by number.
	Technicians(ctx context.Context) ([]Technician, error)
	PutTechnician(ctx context.Context, t Technician) error
}
