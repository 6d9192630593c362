// Package office is head office: what a fleet of kiosks reports to. It owns no
// code itself; its parts are
//
//	books     journals of kiosks, and what follows: transactions, postings, cases
//	fleet     the kiosks: enrolment, and what each last said of itself
//	people    who may do what: people, technicians, the audit log
//	rollout   how updates go out to the fleet: waves, gate, stop and rollback
//	acquiring orders at QR acquirers, what happened to them, and their cases
//	counterfeit  counterfeit notes, and what the contracts with makers say of them
//	sparekeys spares of the keys of kiosks' journals, sealed for the signer
//	where     where the money of a payment is, fen by fen
//	accounts  double entry over what is known of payments: chained entries, balances
//	store     the rows of these, over SQLite, PostgreSQL or memory
//	stored    what their rows have in common
//	gateway   requests of kiosks, postings on their way into the MIS, and orders at
//	          acquirers
//	depot     the bundles on disk, and their way to kiosks
//	server    the MQTT side: who is heard, in which order, and what is answered
//	broker    the embedded MQTT broker, and the configuration of a real one
//	ca        the office's certificate authority and the enrolment of kiosks
//	web       the network management system (网管系统) and its JSON interface
//
// Head office is stateless over its store: what a process holds in memory can
// be lost at any instant, and any number of processes may share one store.
package office
