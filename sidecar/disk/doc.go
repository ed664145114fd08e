// Package disk makes, keeps and answers for proof-of-space plots: plotter, plot files, scan, solver, scrub and the
// health of the disks below. It knows the construction (x/work/proof/disk) and nothing of the chain: challenges, claims
// and thresholds are arguments.
//
// The calls, in the order in which a plot lives:
//
//	PlanPlots      says what CreatePlots would do, and refuses what cannot be done
//	CreatePlots    makes plots until a folder holds as many as wanted; killed at any instant, the same call goes on
//	Open           finds the plots of one owner in several folders
//	Store.Plots    lists them with their status
//	Store.Scan     finds the chains that win a challenge
//	Store.Solve    opens a chain as the 128 x-values and verifies the proof
//	Store.Prove    is Scan and Solve with a time limit
//	Store.SelfTest measures a whole answer to a made-up challenge
//	Store.Check    reads one plot entirely
//	Store.Scrub    reads samples of all plots, slowly, until stopped
//	Store.Remove   deletes plots
//	Health         tells what the operating system knows of the disks
//
// A plot file is never taken for complete unless it is: it is written under a temporary name, synced and renamed. Files
// are read with ReadAt, never mapped, so that a disk that disappears is an error and no signal. docs/plot-format.md
// describes the bytes.
package disk

// Signatures, for readers of this file:
//
//	func PlanPlots(ctx context.Context, o CreateOptions) (PlotPlan, error)
//	func CreatePlots(ctx context.Context, o CreateOptions) (CreateReport, error)
//	func PlotBytes(params proof.Params) uint64
//	func MinMemoryMiB(params proof.Params, threads int) int
//	func Open(ctx context.Context, o OpenOptions) (*Store, error)
//	func (s *Store) Refresh(ctx context.Context) error
//	func (s *Store) Plots() []Plot
//	func (s *Store) Scan(ctx context.Context, r Request) (ScanResult, error)
//	func (s *Store) Solve(ctx context.Context, r Request, chains ...Chain) ([]Proof, []Fault, error)
//	func (s *Store) Prove(ctx context.Context, r Request) (ProveResult, error)
//	func (s *Store) SelfTest(ctx context.Context, r Request) (SelfTestResult, error)
//	func (s *Store) Check(ctx context.Context, index uint64, o CheckOptions) (CheckReport, error)
//	func (s *Store) Scrub(ctx context.Context, o ScrubOptions) error
//	func (s *Store) Remove(ctx context.Context, indexes ...uint64) error
//	func (s *Store) Close() error
//	func Health(ctx context.Context, folders ...string) []FolderHealth
