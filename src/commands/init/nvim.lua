-- Starts `tidegate lsp` for the rule files of this folder, in Neovim 0.8 or later with
-- `vim.o.exrc = true`; `:trust` allows this file.
local folder = vim.fn.getcwd()

vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
  pattern = { folder .. "/*.yaml", folder .. "/*.txt" },
  callback = function()
    vim.lsp.start({ name = "tidegate", cmd = { "tidegate", "lsp" }, root_dir = folder })
  end,
})
