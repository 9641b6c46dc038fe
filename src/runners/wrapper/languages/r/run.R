# Runs a task's script with its values at hand: Rscript run.R VALUES SCRIPT. The script sees the list `task` and nothing of this file;
# an error names the script and its line.
local({
  paths <- commandArgs(trailingOnly = TRUE)
  options(keep.source = TRUE, show.error.locations = TRUE, encoding = "UTF-8")
  sys.source(paths[1], envir = globalenv())
  source(paths[2], local = globalenv(), echo = FALSE, keep.source = TRUE, encoding = "UTF-8")
})
