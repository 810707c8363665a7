// Chinese pages of the book declare their language: browsers choose the forms of Han characters
// by it, and mdBook has one language per book.
if (location.pathname.includes("/zh/")) document.documentElement.lang = "zh-Hans";
