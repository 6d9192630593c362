// Package receipt lays out slips (凭证) as data, free of any printer: what the
// customer takes away to know where the money went. A reprint carries the same
// serial and says which copy it is.
package receipt
