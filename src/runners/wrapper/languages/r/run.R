# Runs a task's script with its values at hand: Rscript run.R VALUES SCRIPT. The script sees the list `task` and nothing of this file.
# Expressions are evaluated one by one, and what they give is printed as Rscript would, so that an error can name the author's line.
local({
  paths <- commandArgs(trailingOnly = TRUE)
  options(encoding = "UTF-8")
  sys.source(paths[1], envir = globalenv())
  expressions <- parse(paths[2], keep.source = TRUE, encoding = "UTF-8")
  lines <- vapply(attr(expressions, "srcref"), function(place) as.integer(place[1]), 0L)
  for (index in seq_along(expressions)) {
    withCallingHandlers({
      given <- withVisible(eval(expressions[[index]], globalenv()))
      if (given$visible) print(given$value)
    }, error = function(problem) message(basename(paths[2]), ": line ", lines[index]))
  }
})
