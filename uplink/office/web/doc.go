// Package web is head office's HTTP side: the network management system (网管系统)
// that people look at, and the JSON interface that programs and these pages share.
//
// It owns logins, roles, the words of the pages in Chinese and English, and the
// order in which the records of a kiosk and the calls into the MIS are told as one
// story. It decides nothing about money: it reads the books, closes cases in
// them, and hands what people order for a posting to Config.Postings.
//
// What all pages share (frame, words, guard, sessions, limits) is the hall; each subject
// of head office has one type with its pages and the routes that it serves: books,
// fleet, people, rollouts, and the overview of them.
//
// Words: a role includes the ones before it (accountant, operator, admin); a tick
// is the message to open pages that something they show has changed.
//
// The package refuses bodies over MaxBody, fields that it does not know, posts of
// other origins, and everything except login, enrolment and /healthz to whoever is
// not logged in. Its pages load nothing from elsewhere and run no inline script.
// The server around it (boards/ground/httpgate) checks names, and gives up who does not speak or read.
package web
