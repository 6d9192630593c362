// Package passwd owns the passwords of people at head office: what a password has to be,
// and the argon2id hash that is kept of it.
//
// A password has 12 to 128 bytes and at least five different characters, has not the
// person's name in it, and is none of the most common ones, nor one of those with digits
// and signs around it or written twice.
//
// common.txt has the 10,000 most common of 47,000 passwords, and of the rest those of 12
// characters and more: in lower case, without what is digits only or shorter than four. They
// are from the frequency lists of zxcvbn (Dan Wheeler and Dropbox, MIT licence: LICENSE), as
// the Go module github.com/trustelem/zxcvbn v1.0.1 has them.
package passwd
