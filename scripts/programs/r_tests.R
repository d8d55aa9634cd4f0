# R's linear algebra on random problems, each judged by its residual, then R's own examples of the same functions. Prints
# "TESTED <name> <tests> <passed> 0".
set.seed(1)
tested <- function(name, ratios) cat("TESTED", name, length(ratios), sum(ratios < 30), "0\n")
norm1 <- function(a) norm(as.matrix(a), "O")
ratio <- function(residual, scale, n) norm1(residual) / (scale * n * .Machine$double.eps)
sizes <- c(1, 2, 3, 10, 33, 100, 257)
over <- function(f) vapply(sizes, f, 0)
square <- function(n) matrix(rnorm(n * n), n)
symmetric <- function(n) { a <- square(n); a + t(a) }

slow <- function(a, b) { c <- matrix(0, nrow(a), ncol(b)); for (k in seq_len(ncol(a))) c <- c + outer(a[, k], b[k, ]); c }
tested("product", over(function(n) { a <- square(n); b <- square(n); ratio(a %*% b - slow(a, b), norm1(a) * norm1(b), n) }))
tested("crossprod", over(function(n) { a <- square(n); ratio(crossprod(a) - slow(t(a), a), norm1(a) * norm1(t(a)), n) }))
tested("tcrossprod", over(function(n) { a <- square(n); ratio(tcrossprod(a) - slow(a, t(a)), norm1(a) * norm1(t(a)), n) }))
tested("complex product", over(function(n) {
  a <- square(n) + 1i * square(n); b <- square(n) - 1i * square(n)
  ratio(Mod(a %*% b - slow(a, b)), norm1(Mod(a)) * norm1(Mod(b)), n) }))
tested("solve", over(function(n) { a <- square(n); b <- square(n); x <- solve(a, b); ratio(a %*% x - b, norm1(a) * norm1(x), n) }))
tested("qr", over(function(n) { a <- square(n); d <- qr(a, LAPACK = TRUE); ratio(qr.Q(d) %*% qr.R(d) - a[, d$pivot], norm1(a), n) }))
tested("qr (LINPACK)", over(function(n) { a <- square(n); d <- qr(a); ratio(qr.X(d) - a, norm1(a), n) }))
tested("chol", over(function(n) { a <- crossprod(square(n)) + diag(n); u <- chol(a); ratio(crossprod(u) - a, norm1(a), n) }))
tested("chol2inv", over(function(n) { a <- crossprod(square(n)) + n * diag(n); i <- chol2inv(chol(a)); ratio(a %*% i - diag(n), norm1(a) * norm1(i), n) }))
tested("svd", over(function(n) { a <- square(n); s <- svd(a); ratio(s$u %*% (s$d * t(s$v)) - a, norm1(a), n) }))
tested("eigen (symmetric)", over(function(n) { a <- symmetric(n); e <- eigen(a); ratio(a %*% e$vectors - e$vectors %*% diag(e$values, n), norm1(a), n) }))
tested("eigen (general)", over(function(n) { a <- square(n); e <- eigen(a); ratio(Mod(a %*% e$vectors - e$vectors %*% diag(e$values, n)), norm1(a), n) }))
tested("lm", over(function(n) { x <- square(n + 3)[, seq_len(n), drop = FALSE]; y <- rnorm(n + 3); ratio(crossprod(x, residuals(lm(y ~ x - 1))), norm1(x) * norm1(y), n + 3) }))

examples <- c("matmult", "crossprod", "solve", "qr", "svd", "eigen", "chol", "chol2inv", "backsolve", "kronecker", "det",
              "lm", "prcomp", "princomp", "cancor", "factanal", "cmdscale", "loglin", "mahalanobis", "optim")
ran <- vapply(examples, function(name) {
  sink(nullfile()); on.exit(sink())
  !inherits(try(suppressWarnings(example(name, character.only = TRUE, ask = FALSE)), silent = TRUE), "try-error")
}, TRUE)
cat("TESTED examples", length(ran), sum(ran), "0\n")
