% Octave's own tests of what computes with a BLAS: prints "<file> <tests> <passed> <skipped>" for each file of tests.
root = OCTAVE_HOME ();
names = {"chol", "conv2", "data", "det", "dot", "eig", "__eigs__", "givens", "gsvd", "hess", "inv", "kron", "lu", ...
         "mgorth", "ordqz", "ordschur", "pinv", "qr", "qz", "rcond", "schur", "sparse", "sqrtm", "svd", "sylvester"};
version = OCTAVE_VERSION ();
folder = fullfile (root, "share", "octave", version, "etc", "tests", "libinterp", "corefcn");
files = cellfun (@(name) fullfile (folder, [name ".cc-tst"]), names, "UniformOutput", false);
library = dir (fullfile (root, "share", "octave", version, "m", "linear-algebra", "*.m"));
files = [files, arrayfun(@(f) fullfile (f.folder, f.name), library', "UniformOutput", false)];
for i = 1:numel (files)
  [passed, tests, expected_failures, known_bugs, skipped, run_time_skipped] = test (files{i}, "quiet", "octave_tests.log");
  [~, name] = fileparts (files{i});
  printf ("TESTED %s %d %d %d\n", name, tests, passed + expected_failures + known_bugs, skipped + run_time_skipped);
endfor
