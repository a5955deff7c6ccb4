// Package simulate lives weeks and months of persona files on a virtual clock:
// real jobs and journals in the sandbox with its population, among agents that
// talk, thank, order, pester and attack, with a scripted model and a scripted
// operator. It is for tests, and for docs/lives, which is made with it.
//
// The same files, seed and program give the same life.
package simulate
